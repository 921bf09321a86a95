"""Personal access tokens: only a digest is ever kept."""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass

from rehearsal.kubernetes.objects import KubeObject, at


@dataclass(frozen=True)
class Token:
    """A token as a client holds it.

    Args:
        digest: SHA-256 of its text.
        sendable: whether it can stand in a header; one with a line break cannot.
    """

    digest: str
    sendable: bool

    @staticmethod
    def of(text: str) -> Token:
        """The token with this text."""
        return Token(hashlib.sha256(text.encode()).hexdigest(), text.isprintable())


def secret_text(secret: KubeObject | None, key: str) -> str | None:
    """The text under `key` of a Secret, None when either is absent."""
    data = at(secret, "data", key)
    if not isinstance(data, str):
        return None
    try:
        return base64.b64decode(data).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None
