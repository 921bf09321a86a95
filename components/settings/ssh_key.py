"""Private keys as Forail reads them: only what is said of a key leaves this module, never a part of it."""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from enum import StrEnum

# No label is longer; without a limit, a megabyte of blanks would be tried for hours.
_BEGIN = re.compile(r"(-{4,}) *BEGIN ([A-Z ]{1,64}?) *\1")
# PuTTY's format and others that ssh-keygen does not write by default are not taken.
_KINDS = frozenset({"", "RSA", "DSA", "EC", "OPENSSH"})
_CERTIFICATE = "CERTIFICATE"
_OPENSSH_WITHOUT_PASSPHRASE = b"openssh-key-v1\x00\x00\x00\x00\x04none"


class PrivateKey(StrEnum):
    """What a text is to an input of a credential type that takes a private key."""

    NONE = "no private key"
    """Not PEM with a private key and nothing but keys and certificates; Forail refuses it."""
    OPEN = "a private key without a passphrase"
    ENCRYPTED = "a private key with a passphrase"


def private_key(text: str) -> PrivateKey:
    """What `text` is, by the rules of backend 2026.07.1 (`forail/main/validators.py`)."""
    keys: list[bool] = []
    # Keys that were copied out of JSON, as Google hands them out.
    rest = text.replace(r"\u003d", "=").lstrip()
    while rest:
        begin = _BEGIN.match(rest)
        if begin is None:
            return PrivateKey.NONE
        dashes, label = begin.groups()
        end = re.compile(f"{dashes} *END {label} *{dashes}").search(rest, begin.end())
        content = _content(rest[begin.end() : end.start()]) if end else b""
        if end is None or not content:
            return PrivateKey.NONE
        if label.endswith("PRIVATE KEY"):
            kind = label.removesuffix("PRIVATE KEY").removesuffix("ENCRYPTED ").strip()
            if kind not in _KINDS:
                return PrivateKey.NONE
            body = rest[begin.end() : end.start()]
            keys.append(_encrypted(label, kind, body, content))
        elif label != _CERTIFICATE:
            return PrivateKey.NONE
        rest = rest[end.end() :].lstrip()
    if not keys:
        return PrivateKey.NONE
    return PrivateKey.ENCRYPTED if any(keys) else PrivateKey.OPEN


def _encrypted(label: str, kind: str, body: str, content: bytes) -> bool:
    if kind == "OPENSSH":
        return not content.startswith(_OPENSSH_WITHOUT_PASSPHRASE)
    return label == "ENCRYPTED PRIVATE KEY" or "ENCRYPTED" in body


def _content(body: str) -> bytes:
    """The bytes between two PEM lines, without headers such as `Proc-Type: 4,ENCRYPTED`; empty where none are."""
    lines: list[str] = []
    continued = False
    for line in map(str.strip, body.splitlines()):
        if continued or ":" in line[1:-1]:
            continued = line.endswith("\\")
        else:
            lines.append(line)
    try:
        return b64decode("".join(lines))
    except (binascii.Error, ValueError):
        return b""
