"""Inputs of credentials: what their type knows and takes, and secrets where none belong."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from ...api.models import Credential
from ...schema.suggestions import nearest
from ..problems import quoted
from .credential_types import TYPES
from .input_traits import ASK, CredentialType, Family, Trait
from .operator_defects import TEXT_ONLY
from .protocol import Found

# For types that people added: nothing else tells which of their inputs are secrets.
_SECRET_WORD = re.compile(
    r"(^|_)(pass|password|passphrase|passwd|secret|token|private|unlock|credentials?)(_|$)|_key(_data)?$"
)
_NO_SECRET = re.compile(r"(^|_)public_key(_data)?$|^aws_access_key$")
_IN_CLEAR = (
    "is a secret given in clear: move it to inputsFrom, with valueFrom.secretConfig for a value of the stack's secret "
    "configuration, or with the name and key of a Secret; and take it out of the file's history"
)
_BY_HAND = "where that does not do, make the credential in Forail, and list it as existing"


def check(spec: Credential) -> Found:
    """Path and message for each input that its type does not take as it is given, and each one that is missing."""
    kind = TYPES.get(spec.credential_type)
    for name, value in spec.inputs.items():
        message = _IN_CLEAR if kind is None and _looks_secret(name, value) else None
        if kind is not None:
            message = _refused(spec, kind, name) or _unfit(kind, name, value)
            if message and name not in kind.inputs and _looks_secret(name, value):
                message += "; it looks like a secret in clear, so take it out of the file's history too"
        if message:
            yield ("spec", "inputs", name), message
    for place, item in enumerate(spec.inputs_from):
        message = _refused(spec, kind, item.name) if kind is not None and item.name else None
        if message is None and item.name in spec.inputs:
            message = f"gives {quoted(item.name)}, which spec.inputs gives too, and this one would win: remove one"
        if message:
            yield ("spec", "inputsFrom", place, "name"), message
    if kind is not None:
        yield from _missing(spec, kind)


def given(spec: Credential) -> frozenset[str]:
    """The names of all of its inputs."""
    return frozenset(spec.inputs) | {item.name for item in spec.inputs_from}


def _refused(spec: Credential, kind: CredentialType, name: str) -> str | None:
    """Why Forail takes no value at all for an input."""
    if name not in kind.inputs:
        near = nearest(name, kind.inputs)
        hint = f"did you mean {near}? It takes" if near else "it takes"
        usable = [known for known, traits in kind.inputs.items() if Trait.BOOLEAN not in traits]
        return f"is not an input of the credential type {quoted(spec.credential_type)}: {hint} {', '.join(usable)}"
    if Trait.BOOLEAN in kind.inputs[name]:
        return f"{TEXT_ONLY}: remove it, and Forail takes its default; {_BY_HAND}"
    other = kind.needs.get(name)
    if other is not None and Trait.BOOLEAN in kind.inputs[other]:
        return f"is taken only beside {other}, which {TEXT_ONLY}: remove it; {_BY_HAND}"
    if other is not None and other not in given(spec):
        return f"is taken only beside {other}: give that too, or remove this"
    return None


def _unfit(kind: CredentialType, name: str, value: str) -> str | None:
    """Why Forail refuses `value`, or the stack does as a secret in clear. Empty texts are what Forail makes of null."""
    traits = kind.inputs[name]
    if Trait.SECRET in traits and value:
        if value != ASK:
            return _IN_CLEAR
        if Trait.ASKS not in traits:
            asked = kind.named(Trait.ASKS)
            where = f"only for {', '.join(asked)}" if asked else "for no input of this type"
            return f"is {ASK}, and Forail asks at launch {where}: give it with inputsFrom"
    if "PRIVATE KEY-----" in value:
        return _IN_CLEAR
    if Trait.ADDRESS in traits and not _address(value):
        return "must be an address with a scheme and a host, such as https://vault.example.com"
    if Trait.VAULT_ID in traits and "@" in value:
        return "holds '@', which Forail refuses in a vault_id: take it out"
    choices = kind.choices.get(name, ())
    if value and choices and value not in choices:
        return f"must be one of {', '.join(choices)}"
    return None


def _missing(spec: Credential, kind: CredentialType) -> Iterator[tuple[tuple[str, ...], str]]:
    present = given(spec)
    for name in kind.named(Trait.REQUIRED):
        if name not in present:
            secret = Trait.SECRET in kind.inputs[name]
            elsewhere = (
                ""
                if kind.family is Family.LOOKUP
                else f"; where Forail looks it up in a vault, give inputs.{name} as an empty text"
            )
            yield (
                ("spec", "inputsFrom" if secret else "inputs"),
                f"lacks {name}, without which {quoted(spec.credential_type)} does not work: add it{elsewhere}",
            )


def _looks_secret(name: str, value: str) -> bool:
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
    named = bool(_SECRET_WORD.search(words)) and not _NO_SECRET.search(words)
    return (named and value not in ("", ASK)) or "PRIVATE KEY-----" in value


def _address(value: str) -> bool:
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return bool(parts.scheme and parts.netloc)
