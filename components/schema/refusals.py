"""Turns pydantic's errors into findings: the user's path, what is needed in words, and never the value."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import cast

from pydantic import ValidationError

from .problems import Finding
from .section import Section
from .shape import Path, Place, follow, long
from .suggestions import nearest
from .words import ConflictError, ConflictsError

_NAMES: Mapping[type, str] = {
    str: "text", bool: "true or false", int: "a number", float: "a number", list: "a list", dict: "a mapping",
}  # fmt: skip

Unknown = Callable[[Place, object], Iterable[Finding]]
"""What a room says about a key that no model has, and about the value below it."""
Own = Callable[[str, Place, object], str | None]
"""What a room itself says about pydantic's kind of error at a place, and about the value there; None for the usual."""


def refusals(
    model: type[Section], given: object, error: ValidationError, unknown: Unknown, own: Own
) -> Iterator[Finding]:
    """What is wrong in `given`, in the order of pydantic's errors."""
    for details in error.errors(include_url=False, include_input=False):
        place, kind = follow(model, details["loc"]), details["type"]
        cause = details.get("ctx", {}).get("error")
        if isinstance(cause, ConflictError):
            yield (*place.path, *cause.key.split(".")), str(cause)
        elif isinstance(cause, ConflictsError):
            yield from (((*place.path, *path), message) for path, message in cause.found)
        elif isinstance(cause, ValueError):
            yield place.path, str(cause)
        elif kind == "extra_forbidden":
            yield from unknown(place, at(given, place.path))
        elif kind == "union_tag_invalid":
            choices = [branch.tag for branch in place.kinds if branch.tag is not None]
            yield (*place.path, "mode"), f"must be one of {', '.join(choices)}"
        elif details["loc"] and details["loc"][-1] == "[key]":
            yield place.path, "is a key that YAML reads as a number or as true or false: put it in quotes"
        else:
            value = at(given, place.path)
            yield place.path, own(kind, place, value) or _wrong(kind, place, value)


def at(given: object, path: Path) -> object:
    """The value that was written at `path`; None where nothing was."""
    for part in path:
        if isinstance(given, dict) and isinstance(part, str):
            given = cast("dict[str, object]", given).get(part)
        elif isinstance(given, list) and isinstance(part, int):
            items = cast("list[object]", given)
            given = items[part] if part < len(items) else None
        else:
            return None
    return given


def empty(place: Place) -> str:
    """What to do about a key without a value."""
    return f"is empty: give it {long(place.kinds)}, or remove it" if place.kinds else "is empty: remove it"


def is_text(place: Place) -> bool:
    """Whether nothing but text belongs there."""
    return all(kind.type is str or kind.choices for kind in place.kinds)


def _wrong(kind: str, place: Place, value: object) -> str:
    needed = long(place.kinds) if place.kinds else "something else"
    if kind == "missing":
        return f"is missing: give {needed}"
    return empty(place) if value is None else f"must be {needed}{_instead(place, value)}"


def _instead(place: Place, value: object) -> str:
    """What the value is, where it is another type; the choice it was probably meant to be."""
    choices = [choice for kind in place.kinds for choice in kind.choices]
    if isinstance(value, str) and choices:
        near = nearest(value, choices)
        return f": did you mean {near}?" if near else ""
    if is_text(place) and isinstance(value, bool | int | float):
        return "; YAML reads it as a number or as true or false: put it in quotes"
    expected = {kind.type for kind in place.kinds}
    return "" if type(value) in expected else f", and it is {_NAMES.get(type(value), 'something else')}"
