"""The known name that a misspelt one probably means."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches

from pydantic.alias_generators import to_camel

# Longer lists of keys are looked up faster in docs/options.md.
_LISTED = 12
_LONGEST = 64


def nearest(text: str, known: Collection[str], cutoff: float = 0.7) -> str | None:
    """The one of `known` that `text` was probably meant to be; other cases and joiners of words are the nearest."""
    if not text or len(text) > _LONGEST or not text.isascii():
        return None
    folded = {name.lower(): name for name in known}
    camel = to_camel(text.replace("-", "_")).lower()
    if camel in folded:
        return folded[camel]
    close = get_close_matches(text.lower(), list(folded), n=1, cutoff=cutoff)
    return folded[close[0]] if close else None


def unknown_key(key: str, known: Collection[str], holder: str) -> str:
    """Names the nearest key, or all of them where they are few."""
    where = f" of {holder}" if holder else ""
    near = nearest(key, known)
    if near is not None:
        return f"is not a key{where}: did you mean {near}?"
    if len(known) <= _LISTED:
        return f"is not a key{where}, which takes {', '.join(known)}" if where else f"is not a key: {', '.join(known)}"
    return f"is not a key{where}: docs/options.md lists them"
