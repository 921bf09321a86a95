"""Text that neither files, environment variables nor databases can hold: found before anything reads it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from ..schema.shape import Path

NUL = "holds a NUL character, which ends text in files, environments and databases: remove it"
SURROGATE = "holds half of a surrogate pair instead of a character: write the character itself, in UTF-8"


def fault(text: str) -> str | None:
    """What is wrong with `text`, without it; None where it can be used."""
    if "\0" in text:
        return NUL
    return SURROGATE if any("\ud800" <= character <= "\udfff" for character in text) else None


def faults(value: object) -> Iterator[tuple[Path, str]]:
    """The paths in `value`, as JSON gives it, that hold such text as a key or as a value, and what is wrong there."""
    # A list of its own instead of calls: JSON nests deeper than Python calls.
    waiting: list[tuple[Path, object]] = [((), value)]
    while waiting:
        path, found = waiting.pop()
        if isinstance(found, str):
            wrong = fault(found)
            if wrong is not None:
                yield path, wrong
        elif isinstance(found, list):
            waiting += [((*path, index), item) for index, item in enumerate(cast("list[object]", found))]
        elif isinstance(found, dict):
            for key, item in cast("dict[str, object]", found).items():
                wrong = fault(key)
                if wrong is not None:
                    yield path, f"has a key that {wrong}"
                waiting.append(((*path, key), item))
