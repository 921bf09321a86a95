"""A stack file in the making, and what is to be said about each key of the chart."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, cast

from ..schema.problems import render
from ..schema.shape import Path
from ..settings.load import ParsedStackFile, parse
from ..settings.problems import SettingsError


class Outcome(StrEnum):
    """What became of one key."""

    MAPPED = "Mapped"
    """The stack says the same."""
    TIGHTENED = "Tightened"
    """The stack is stricter, or says it in its own way: read why."""
    SECRET = "Secrets"
    """Given apart from the file."""
    REFUSED = "Refused"
    """Not in the file: to be done by hand, or given up."""


@dataclass(frozen=True)
class Line:
    """One line of the report."""

    outcome: Outcome
    key: str
    """The chart's key."""
    text: str
    """Reads as a sentence that begins with the key; holds no value that may be secret."""


class Draft:
    """Sections of a stack file, each value with the chart's key that it comes from."""

    def __init__(self, given: Mapping[str, object], release: str | None = None) -> None:
        self.given = dict(given)
        self.release = release
        """The release whose data the stack takes over; None for a stack with data of its own."""
        self.sections: dict[str, Any] = {}
        self.lines: list[Line] = []
        self._sources: dict[Path, str] = {}

    def say(self, outcome: Outcome, key: str, text: str) -> None:
        """Adds a line to the report."""
        self.lines.append(Line(outcome, key, text))

    def put(self, key: str, target: str, value: object) -> None:
        """Writes `value`, from the chart's `key`, at the dotted `target`."""
        *holders, last = target.split(".")
        inner = self.sections
        for holder in holders:
            inner = cast("dict[str, Any]", inner.setdefault(holder, {}))
        inner[last] = value
        self._sources[tuple(target.split("."))] = key

    def mapped(self, key: str, target: str, value: object) -> None:
        """Writes `value` and says where."""
        self.put(key, target, value)
        self.say(Outcome.MAPPED, key, "keeps its name" if key == target else f"is {target}")

    def text(self, key: str) -> str | None:
        """The text given at `key`; None where there is none. What is something else is refused."""
        value = self.given.get(key)
        if value is None or isinstance(value, str):
            return value
        self.say(Outcome.REFUSED, key, "must be text, and is not: it was left out")
        return None

    def flag(self, key: str) -> bool | None:
        """The truth given at `key`, also as text, as `--set-string` leaves it. What is something else is refused."""
        value = self.given.get(key)
        if value is None or isinstance(value, bool):
            return value
        if value in ("true", "false"):
            return value == "true"
        self.say(Outcome.REFUSED, key, "must be true or false, and is not: it was left out")
        return None

    def settle(self, project: str) -> ParsedStackFile:
        """Takes out, and reports as refused, what the models refuse, until the stack file loads.

        Raises:
            SettingsError: it cannot be made to load.
        """
        while True:
            config = {f"{project}:{key}": json.dumps(value) for key, value in self.sections.items()}
            try:
                return parse(config, frozenset(), project)
            except SettingsError as error:
                before = json.dumps(self.sections)
                for problem in error.problems:
                    self._take_out(problem.path, problem.message)
                if json.dumps(self.sections) == before:
                    raise

    def _take_out(self, path: Path, message: str) -> None:
        """Removes what is wrong at `path`: the value there, or the nearest that holds its place."""
        deepest = self._existing(path)
        if not deepest:
            return
        inner: Any = self.sections
        for part in deepest[:-1]:
            inner = inner[part]
        del inner[deepest[-1]]
        source = self._source(deepest)
        self.say(Outcome.REFUSED, source, f"was left out, because {render(path)} {message}")

    def _existing(self, path: Path) -> Path:
        """The longest beginning of `path` that the sections have."""
        inner: object = self.sections
        found: list[str | int] = []
        for part in path:
            if isinstance(inner, dict) and part in inner:
                inner = cast("dict[str | int, object]", inner)[part]
            elif isinstance(inner, list) and isinstance(part, int) and part < len(cast("list[object]", inner)):
                inner = cast("list[object]", inner)[part]
            else:
                break
            found.append(part)
        return tuple(found)

    def _source(self, path: Path) -> str:
        """The chart's key that wrote at `path`, above it or below it."""
        for length in range(len(path), 0, -1):
            if path[:length] in self._sources:
                return self._sources[path[:length]]
        below = (key for target, key in self._sources.items() if target[: len(path)] == path)
        return next(below, render(path))
