"""What pydantic refused in a manifest, said to people: path and fix, never the value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from ..api.kinds import ROUTED, Kind
from ..api.models.base import Shape
from ..schema.problems import render
from ..schema.shape import Path, Place, follow, keys, long
from ..schema.suggestions import nearest
from ..settings.refusals import at

_NAMES: Mapping[type, str] = {
    str: "text", bool: "true or false", int: "a number", float: "a number", list: "a list", dict: "a mapping",
}  # fmt: skip


def refusals(
    model: type[Shape], given: object, error: ValidationError, kind: Kind | None = None
) -> Iterator[tuple[Path, str]]:
    """Path and message for each error, in pydantic's order; `kind` explains fields of other kinds."""
    for details in error.errors(include_url=False, include_input=False):
        place = follow(model, details["loc"])
        if details["type"] == "extra_forbidden":
            yield place.path, _unknown(place, kind)
        else:
            yield place.path, _wrong(place, details, at(given, place.path))


def nulls(given: object) -> Iterator[Path]:
    """Where a manifest has a key without a value. The API server refuses those that have no default."""
    if not _has_null(given):
        return
    seen: set[int] = set()
    waiting: list[tuple[Path, object]] = [((), given)]
    while waiting:
        path, value = waiting.pop()
        # YAML aliases can make a value that holds itself.
        if not isinstance(value, dict | list) or id(cast("object", value)) in seen:
            continue
        seen.add(id(cast("object", value)))
        for part, inner in _parts(cast("dict[object, object] | list[object]", value)):
            if inner is None:
                yield (*path, part)
            else:
                waiting.append(((*path, part), inner))


def empty(model: type[Shape], path: Path) -> str:
    """What to do about a key without a value."""
    place = follow(model, path)
    return f"is empty: give it {long(place.kinds)}, or remove it" if place.kinds else "is empty: remove it"


def _has_null(given: object) -> bool:
    seen: set[int] = set()
    waiting = [given]
    while waiting:
        value = waiting.pop()
        if value is None:
            return True
        if not isinstance(value, dict | list) or id(cast("object", value)) in seen:
            continue
        seen.add(id(cast("object", value)))
        waiting.extend(
            cast("list[object]", value) if isinstance(value, list) else cast("dict[object, object]", value).values()
        )
    return False


def _parts(value: dict[object, object] | list[object]) -> Sequence[tuple[str | int, object]]:
    if isinstance(value, list):
        return list(enumerate(value))
    return [(key if isinstance(key, str) else str(key), inner) for key, inner in value.items()]


def _unknown(place: Place, kind: Kind | None) -> str:
    *holder, key = place.path
    if key == "forailInstance" and not holder and kind is not None:
        routed = f"{', '.join(ROUTED[:-1])} and {ROUTED[-1]}"
        if kind is Kind.FORAIL_INSTANCE:
            return f"is a field of {routed} alone: remove it"
        return (
            f"is a field of {routed} alone, and a {kind} always goes to the operator's own Forail: remove it, "
            "and let the operator of that other Forail serve this object"
        )
    known = [key for kind in place.holder if kind.section is not None for key in keys(kind.section)]
    near = nearest(str(key), known)
    where = render(tuple(holder)) or (f"a {kind}" if kind is not None else "a manifest's metadata")
    return f"is no field of {where}: " + (f"did you mean {near}?" if near else f"it takes {', '.join(known)}")


def _wrong(place: Place, details: ErrorDetails, value: object) -> str:
    cause = details.get("ctx", {}).get("error")
    if isinstance(cause, ValueError):
        return str(cause)
    if details["loc"][-1] == "[key]":
        return "is a key that YAML reads as a number or as true or false: put it in quotes"
    needed = long(place.kinds) if place.kinds else "something else"
    if details["type"] == "missing":
        about = f": {_sentence(place.about)}" if place.about else ""
        return f"is missing: give {needed}{about}"
    if value is None:
        return f"is empty: give it {needed}, or remove it"
    return f"must be {needed}{_instead(place, value)}"


def _sentence(about: str) -> str:
    text = " ".join(about.split()).rstrip(".")
    return text[:1].lower() + text[1:]


def _instead(place: Place, value: object) -> str:
    choices = [choice for kind in place.kinds for choice in kind.choices]
    if isinstance(value, str) and choices:
        near = nearest(value, choices)
        return f": did you mean {near}?" if near else ""
    if all(kind.type is str or kind.choices for kind in place.kinds) and isinstance(value, bool | int | float):
        return "; YAML reads it as a number or as true or false: put it in quotes"
    expected = {kind.type for kind in place.kinds}
    if expected == {str} and isinstance(value, dict):
        return ", and it is a mapping: write '|' behind the key, and what is below becomes text"
    return "" if type(value) in expected else f", and it is {_NAMES.get(type(value), 'something else')}"
