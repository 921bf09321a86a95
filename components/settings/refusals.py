"""What a stack file was refused for, in the words of its keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pydantic import ValidationError

from ..schema import refusals as schema
from ..schema.problems import Finding, render
from ..schema.shape import Place, follow, keys
from ..schema.suggestions import unknown_key
from . import chart_keys
from .secret_keys import ELSEWHERE, in_clear
from .secrets import SecretName
from .stack import StackFile


def refusals(given: Mapping[str, object], error: ValidationError) -> Iterator[Finding]:
    """What is wrong with the sections `given`, in the order of pydantic's errors."""
    return schema.refusals(StackFile, given, error, _unknown, _own)


def _unknown(place: Place, value: object) -> Iterator[Finding]:
    dotted = ".".join(map(str, place.path))
    *holder, key = place.path
    is_secret = key in tuple(SecretName)
    if dotted in ELSEWHERE or (is_secret and isinstance(value, str)):
        yield place.path, in_clear(ELSEWHERE.get(dotted) or SecretName(str(key)))
        return
    if chart_keys.replacement(place.path) is not None:
        for path in chart_keys.written(place.path, value):
            yield path, f"{chart_keys.replacement(path)}"
        return
    known = [key for kind in place.holder if kind.section is not None for key in keys(kind.section)]
    if not holder and str(key).partition(".")[0] in known:
        yield place.path, "is one flat key, which is not read: remove it, and run pulumi config set --path"
        return
    if holder == ["forail"] and key in keys(StackFile):
        yield place.path, f"is one level too deep: {key} belongs beside forail, not below it"
        return
    branches = follow(StackFile, holder).kinds
    mode = next((kind.tag for kind in branches if kind.section is not None and key in keys(kind.section)), None)
    if mode is not None:
        yield place.path, f"belongs to mode {mode}: set mode: {mode} beside it, or remove it"
        return
    with_mode = next((f" with mode {kind.tag}" for kind in place.holder if kind.tag), "")
    # The whole name of one secret is not a misspelling of another's.
    yield place.path, unknown_key("" if is_secret else str(key), known, render(tuple(holder)) + with_mode)


def _own(kind: str, place: Place, value: object) -> str | None:
    if kind == "missing":
        return None
    # What is commented out to the last line comes as empty text.
    if value == "" and not schema.is_text(place):
        return schema.empty(place)
    secret = place.path[-1] if place.path[:1] == ("secrets",) else None
    if secret in tuple(SecretName) and isinstance(value, str):
        if place.path[1] == "externalSecrets":
            return "must be a mapping such as {key: forail/database}: where the store has it, never the value itself"
        return in_clear(SecretName(str(secret)))
    if place.path[:1] == ("imagePullSecrets",) and isinstance(value, dict):
        return "is the Helm chart's form, a mapping with a name: write only the name"
    return None
