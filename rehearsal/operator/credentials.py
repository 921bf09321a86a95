"""Credential types, and the inputs of credentials that Forail refuses. No message repeats a value."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

import yaml

_PEM = re.compile(r"-----BEGIN (?P<what>[A-Z ]+)-----(?P<body>.*?)-----END (?P=what)-----", re.DOTALL)
_PEM_HEADER = re.compile(r"^[A-Za-z-]+:.*$", re.MULTILINE)
_OPENSSH = b"openssh-key-v1\0"
_KEY, _UNLOCK = "ssh_key_data", "ssh_key_unlock"
ATTACHABLE = ("ssh", "vault", "cloud", "net", "kubernetes")
"""Kinds of credentials that a job template can have."""


@dataclass(frozen=True)
class CredentialType:
    """One credential type.

    Args:
        kind: decides where its credentials fit.
        inputs: what each input must be, empty for any text; None when that is not known.
    """

    kind: str
    inputs: Mapping[str, str] | None


@cache
def credential_types() -> Mapping[str, CredentialType]:
    """Those that a new Forail has, by name."""
    path = Path(__file__).with_name("credential_types.yaml")
    read = cast("Mapping[str, Mapping[str, str]]", yaml.safe_load(path.read_text()))
    return {name: CredentialType(one["kind"], _inputs(one.get("inputs"))) for name, one in read.items()}


def kind_of(credential_type: str) -> str:
    """The kind of a type; empty for one that is not known."""
    found = credential_types().get(credential_type)
    return found.kind if found else ""


def refusal(credential_type: str, inputs: Mapping[str, str]) -> tuple[int, object] | None:
    """Status and body with which a credential of this type is refused, None when it is not."""
    found = credential_types().get(credential_type)
    if found is None or found.inputs is None:
        return None
    if unknown := sorted(set(inputs) - set(found.inputs)):
        return 400, {"inputs": [f"Additional properties are not allowed ({', '.join(unknown)} unexpected)"]}
    wrong = {name: [why] for name, text in inputs.items() if (why := _wrong(found.inputs[name], text))}
    if "authorize_password" in inputs and "authorize" not in inputs:
        wrong["authorize_password"] = ['cannot be set unless "Authorize" is set']
    key = inputs.get(_KEY)
    try:
        encrypted = bool(key) and _is_encrypted(str(key))
    except _NoKeyError:
        wrong[_KEY] = ["Invalid certificate or key"]
    except binascii.Error:
        # The backend does not catch what its decoder throws.
        return 500, {"detail": "A server error has occurred."}
    else:
        if _UNLOCK in found.inputs and encrypted and not inputs.get(_UNLOCK):
            wrong[_UNLOCK] = ["must be set when SSH key is encrypted."]
        if key and inputs.get(_UNLOCK) and not encrypted:
            wrong[_UNLOCK] = ["should not be set when SSH key is not encrypted."]
    return (400, {"inputs": wrong}) if wrong else None


class _NoKeyError(Exception):
    """A text is not a PEM block with a private key."""


_FORMATS: Mapping[str, tuple[Callable[[str], bool], str]] = {
    "boolean": (lambda _: False, "a text is not of type 'boolean'"),
    "vault_id": (lambda text: "@" not in text, "@ is not an allowed character"),
    "url": (lambda text: all(urlsplit(text)[:2]), "Invalid URL: Missing url scheme (http, https, etc.) or host"),
    "ssh_private_key": (lambda _: True, ""),
}


def _wrong(wanted: str, text: str) -> str:
    if not wanted:
        return ""
    if wanted in _FORMATS:
        fits, message = _FORMATS[wanted]
        return "" if fits(text) else message
    return "" if text in wanted.split("|") else f"must be one of {wanted.replace('|', ', ')}"


def _is_encrypted(text: str) -> bool:
    found = _PEM.search(text)
    if found is None or not found["what"].endswith("PRIVATE KEY"):
        raise _NoKeyError
    raw = base64.b64decode("".join(_PEM_HEADER.sub("", found["body"]).split()), validate=True)
    if not raw:
        raise _NoKeyError
    if raw.startswith(_OPENSSH):
        # The name of the cipher comes after its length.
        return not raw.startswith(_OPENSSH + b"\0\0\0\4none")
    return "ENCRYPTED" in found["what"] or "ENCRYPTED" in found["body"]


def _inputs(text: str | None) -> Mapping[str, str] | None:
    return None if text is None else {name: what for name, _, what in (word.partition(":") for word in text.split())}
