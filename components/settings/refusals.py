"""Turns pydantic's errors into problems: the user's path, what is needed in words, and never the value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import cast

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from ..schema.problems import Problem, render
from ..schema.section import Section
from ..schema.shape import Path, Place, follow, keys, long
from ..schema.suggestions import nearest, unknown_key
from ..schema.words import ConflictError
from . import chart_keys
from .secret_keys import ELSEWHERE, in_clear
from .secrets import SecretName

_NAMES: Mapping[type, str] = {
    str: "text", bool: "true or false", int: "a number", float: "a number", list: "a list", dict: "a mapping",
}  # fmt: skip


def refusals(model: type[Section], given: Mapping[str, object], error: ValidationError) -> Iterator[Problem]:
    """The problems in `given`, one for each error, in pydantic's order."""
    for details in error.errors(include_url=False, include_input=False):
        place = follow(model, details["loc"])
        cause = details.get("ctx", {}).get("error")
        if isinstance(cause, ConflictError):
            yield Problem((*place.path, *cause.key.split(".")), str(cause))
        elif details["type"] == "extra_forbidden":
            yield from _unknown(model, place, at(given, place.path))
        else:
            yield Problem(_below(place, details), _wrong(place, details, at(given, place.path)))


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


def _unknown(model: type[Section], place: Place, value: object) -> Iterator[Problem]:
    dotted = ".".join(map(str, place.path))
    *holder, key = place.path
    is_secret = key in tuple(SecretName)
    if dotted in ELSEWHERE or (is_secret and isinstance(value, str)):
        yield Problem(place.path, in_clear(ELSEWHERE.get(dotted) or SecretName(str(key))))
        return
    if chart_keys.replacement(place.path) is not None:
        for path in chart_keys.written(place.path, value):
            yield Problem(path, f"{chart_keys.replacement(path)}")
        return
    known = [key for kind in place.holder if kind.section is not None for key in keys(kind.section)]
    if not holder and str(key).partition(".")[0] in known:
        yield Problem(place.path, "is one flat key, which is not read: remove it, and run pulumi config set --path")
        return
    if holder == ["forail"] and key in keys(model):
        yield Problem(place.path, f"is one level too deep: {key} stands beside forail, not below it")
        return
    branches = follow(model, holder).kinds
    mode = next((kind.tag for kind in branches if kind.section is not None and key in keys(kind.section)), None)
    if mode is not None:
        yield Problem(place.path, f"belongs to mode {mode}: set mode: {mode} beside it, or remove it")
        return
    with_mode = next((f" with mode {kind.tag}" for kind in place.holder if kind.tag), "")
    # A secret's whole name is no misspelling of another one's.
    yield Problem(place.path, unknown_key("" if is_secret else str(key), known, render(tuple(holder)) + with_mode))


def _below(place: Place, details: ErrorDetails) -> Path:
    """A wrong union tag is reported where it is written."""
    return (*place.path, "mode") if details["type"] == "union_tag_invalid" else place.path


def _wrong(place: Place, details: ErrorDetails, value: object) -> str:
    cause = details.get("ctx", {}).get("error")
    if isinstance(cause, ValueError):
        return str(cause)
    needed = long(place.kinds)
    if details["type"] == "union_tag_invalid":
        choices = [kind.tag for kind in place.kinds if kind.tag is not None]
        return f"must be one of {', '.join(choices)}"
    if details["type"] == "missing":
        return f"is missing: give {needed}"
    is_text = all(kind.type is str or kind.choices for kind in place.kinds)
    if value is None or (value == "" and not is_text):
        return f"is empty: give it {needed}, or remove the key"
    secret = place.path[-1] if place.path[:1] == ("secrets",) else None
    if secret in tuple(SecretName) and isinstance(value, str):
        return in_clear(SecretName(str(secret)))
    if place.path[:1] == ("imagePullSecrets",) and isinstance(value, dict):
        return "is the Helm chart's form, a mapping with a name: write the name alone"
    return f"must be {needed}{_instead(place, value, is_text)}"


def _instead(place: Place, value: object, is_text: bool) -> str:
    """What the value is, where it is another type; the choice it was probably meant to be."""
    choices = [choice for kind in place.kinds for choice in kind.choices]
    if isinstance(value, str) and choices:
        near = nearest(value, choices)
        return f": did you mean {near}?" if near else ""
    if is_text and isinstance(value, bool | int | float):
        return "; YAML reads it as a number or as true or false: put it in quotes"
    expects = {kind.type for kind in place.kinds}
    return "" if type(value) in expects else f", and it is {_NAMES.get(type(value), 'something else')}"
