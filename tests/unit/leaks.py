"""A search for secrets that left the places where they are encrypted."""

from __future__ import annotations

import base64

from tests.unit.deployment import Deployment
from tests.unit.values import texts


def forms(secret: str) -> list[str]:
    """`secret` as it is, in base64 at every alignment, and in base64 of base64."""
    once = _aligned(secret.encode())
    found = [secret, *once, *(form for inner in once for form in _aligned(inner.encode()))]
    assert min(map(len, found)) >= 8, "too short a secret: its forms would be found by chance"
    return found


def _aligned(text: bytes) -> list[str]:
    # Up to four characters at each end share bits with what is beside the secret.
    return [base64.b64encode(b"." * pad + text).decode()[4 if pad else 0 : -4].rstrip("=") for pad in range(3)]


def leaks(deployment: Deployment, *secrets: str) -> list[str]:
    """Where one of `secrets` can be read: inputs and states outside of marks, names, outputs and messages."""
    needles = [form for secret in secrets for form in forms(secret)]
    found: list[str] = []
    for resource in deployment.resources:
        for role, value in (
            ("urn", resource.urn),
            ("input", resource.marked),
            ("state", resource.state),
            ("output", resource.registered_outputs or {}),
        ):
            found += [f"{role} {resource.label} {path}" for path, text in texts(value) if _holds(text, needles)]
    found += [f"output {path}" for path, text in texts(deployment.plain_outputs) if _holds(text, needles)]
    return found + [f"message {text}" for _, text in deployment.messages if _holds(text, needles)]


def _holds(text: str, needles: list[str]) -> bool:
    return any(needle in text for needle in needles)
