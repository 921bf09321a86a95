"""What was found: one row for each check, as a table for people or JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum


class Result(Enum):
    """How a check ended. Only FAILED makes the whole fail."""

    OK = "ok"
    FAILED = "FAILED"
    OFF = "off"
    """The stack has no such part."""
    UNKNOWN = "not checked"
    """It cannot be seen from here, or needs what another check did not get."""


@dataclass(frozen=True)
class Row:
    """One check: its name, how it ended, what it went through, and what was seen, with the fix where it failed."""

    check: str
    result: Result
    through: str
    seen: str

    def line(self) -> str:
        """The row as one line, for where there is room for no table."""
        return f"{self.check}: {self.result.value}: {self.seen}"


class VerifyError(Exception):
    """A check that does not hold; the text says what was seen and what to do, and never a secret.

    `final`: trying again cannot help.
    """

    def __init__(self, text: str, *, final: bool = False) -> None:
        super().__init__(text)
        self.final = final


class NotCheckedError(Exception):
    """A check that cannot be made from here; the text says why."""


class OffError(Exception):
    """There is nothing to check, because the stack has this part switched off; the text says by which key."""


def passed(rows: Iterable[Row]) -> bool:
    """Whether no row failed."""
    return not any(row.result is Result.FAILED for row in rows)


def table(rows: list[Row], heading: str, footing: str) -> str:
    """Lines with aligned columns under `heading`; a last line counts the results, and `footing` follows."""
    titles = ("check", "result", "through", "seen")
    cells = [titles, *((row.check, row.result.value, row.through, row.seen) for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(3)]
    lines = ["  ".join([*(cell.ljust(width) for cell, width in zip(line, widths)), line[3]]) for line in cells]  # noqa: B905
    counts = ", ".join(
        f"{count} {result.value}" for result in Result if (count := sum(row.result is result for row in rows))
    )
    return "\n".join([heading, *lines, counts, *filter(None, [footing])]) + "\n"


def document(rows: list[Row], url: str) -> str:
    """The same as JSON: `url`, `passed`, and `checks` with `check`, `result`, `through` and `seen`."""
    checks = [
        {"check": row.check, "result": row.result.value.lower(), "through": row.through, "seen": row.seen}
        for row in rows
    ]
    return json.dumps({"url": url, "passed": passed(rows), "checks": checks}, indent=2) + "\n"
