"""The form of a Secret's data."""

from __future__ import annotations

import base64


def encoded(text: str) -> str:
    """Base64, as the data of a Secret has it."""
    return base64.b64encode(text.encode()).decode()
