"""What pydantic refused in a manifest, said to people: path and fix, never the value."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import cast

from pydantic import ValidationError

from ..api.kinds import ROUTED, Kind
from ..api.models.base import Shape
from ..schema import refusals as schema
from ..schema.problems import Finding, render
from ..schema.shape import Path, Place, follow, keys, long
from ..schema.suggestions import nearest


def refusals(model: type[Shape], given: object, error: ValidationError, kind: Kind | None = None) -> Iterator[Finding]:
    """What is wrong with a part of a manifest, in pydantic's order; `kind` explains fields of other kinds."""
    return schema.refusals(model, given, error, lambda place, _: [(place.path, _unknown(place, kind))], _own)


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
    return schema.empty(follow(model, path))


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
            return f"is a field of {routed} only: remove it"
        return (
            f"is a field of {routed} only, and a {kind} always goes to the operator's own Forail: remove it, "
            "and let the operator of that other Forail serve this object"
        )
    known = [key for kind in place.holder if kind.section is not None for key in keys(kind.section)]
    near = nearest(str(key), known)
    where = render(tuple(holder)) or (f"a {kind}" if kind is not None else "a manifest's metadata")
    return f"is not a field of {where}: " + (f"did you mean {near}?" if near else f"it takes {', '.join(known)}")


def _own(kind: str, place: Place, value: object) -> str | None:
    if kind == "missing" and place.about:
        return f"is missing: give {long(place.kinds)}: {_sentence(place.about)}"
    if isinstance(value, dict) and {branch.type for branch in place.kinds} == {str}:
        needed = long(place.kinds)
        return f"must be {needed}, and it is a mapping: write '|' behind the key, and what is below becomes text"
    return None


def _sentence(about: str) -> str:
    text = " ".join(about.split()).rstrip(".")
    return text[:1].lower() + text[1:]
