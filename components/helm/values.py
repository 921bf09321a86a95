"""A chart's values: read from YAML, and taken apart into the chart's keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from ..content.read.yaml_text import YamlTextError, documents
from ..schema.problems import render
from ..schema.shape import Path
from ..schema.suggestions import nearest
from ..settings.chart_keys import CHART_KEYS

# What `helm get values` may print above the values.
_HEADINGS = ("COMPUTED VALUES:", "USER-SUPPLIED VALUES:")
# A values file is a few hundred lines; more than this is another file.
MOST_BYTES = 1_000_000


class ValuesError(ValueError):
    """The values cannot be used at all. The message names no value."""


@dataclass(frozen=True)
class Unknown:
    """A key that no chart's values have, or one whose value is of the wrong kind."""

    path: Path
    """Where it is."""
    message: str
    """Reads as a sentence that begins with the path."""


def read(data: bytes) -> Mapping[str, object]:
    """The values in `data`, YAML as `helm get values --all` prints it; empty for no values.

    Raises:
        ValuesError: not UTF-8, not YAML, several documents, or no mapping.
    """
    if len(data) > MOST_BYTES:
        raise ValuesError(f"it has more than {MOST_BYTES} bytes: give the values, not the whole release")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValuesError("it is not text in UTF-8") from None
    lines = text.splitlines(keepends=True)
    if lines and lines[0].strip() in _HEADINGS:
        text = "".join(["\n", *lines[1:]])
    try:
        found = documents(text)
    except YamlTextError as error:
        raise ValuesError(str(error)) from None
    if len(found) > 1:
        raise ValuesError("it holds several documents: give the one with the values")
    values = found[0] if found else None
    if values is None:
        return {}
    if not isinstance(values, dict):
        raise ValuesError("it is not a mapping: give the chart's values, as helm get values forail --all prints them")
    return cast("dict[str, object]", values)


def apart(values: Mapping[str, object]) -> tuple[dict[str, object], list[Unknown]]:
    """Each of the chart's keys that `values` give, with its value, and what no chart has.

    A key without a value is one that Helm was told to leave out: it is not given.
    """
    given: dict[str, object] = {}
    unknown: list[Unknown] = []
    for path, value in _leaves(cast("Mapping[object, object]", values), ()):
        if isinstance(value, Unknown):
            unknown.append(value)
        elif value is not None:
            given[".".join(map(str, path))] = value
    return given, unknown


def _leaves(values: Mapping[object, object], above: Path) -> Iterator[tuple[Path, object]]:
    for key, value in values.items():
        if not isinstance(key, str):
            yield above, Unknown(above, "has a key that is no text, and no chart has one: remove it")
            continue
        path = (*above, key)
        below = _below(path) if "." not in key else []
        if below and isinstance(value, dict):
            yield from _leaves(cast("dict[object, object]", value), path)
        elif below and value is not None:
            yield path, Unknown(path, f"must be a mapping of {', '.join(below)}")
        elif below or ("." not in key and ".".join(map(str, path)) in CHART_KEYS):
            yield path, value
        else:
            yield path, Unknown(path, _no_key(path, above))


def _below(path: Path) -> list[str]:
    """The chart's keys below the key at `path`."""
    prefix = "".join(f"{part}." for part in path)
    return list(
        dict.fromkeys(key.removeprefix(prefix).partition(".")[0] for key in CHART_KEYS if key.startswith(prefix))
    )


def _no_key(path: Path, above: Path) -> str:
    known = _below(above)
    near = nearest(str(path[-1]), known)
    hint = f"; did you mean {render((*above, near))}?" if near is not None else ""
    return f"is no key of the chart, which never read it{hint}"
