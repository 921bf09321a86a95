"""How wrong content is reported: every problem at once, by file and path, without a single secret."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from ..schema.problems import render, report
from ..schema.shape import Path

_LONGEST = 80


@dataclass(frozen=True, order=True)
class Problem:
    """One thing that is wrong: where, and what to do about it."""

    source: str
    """File and number of the document, such as `content/teams.yaml#2`; or kind and name."""
    path: Path
    """Field in the manifest; empty for the whole."""
    message: str
    """Reads as a sentence that begins with the path."""

    @property
    def text(self) -> str:
        """One line."""
        return f"{self.source}: {render(self.path)}: {self.message}" if self.path else f"{self.source}: {self.message}"


class ContentError(pulumi.RunError):
    """The content cannot be applied. Pulumi prints the message without a traceback."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        texts = [problem.text for problem in problems]
        super().__init__(
            report("content", texts, "Correct the content and run again; docs/content.md has every field.")
        )


def quoted(name: str) -> str:
    """A name for a message: on one line, and cut where it is too long to be one."""
    printable = "".join(character if character.isprintable() else "�" for character in name[:_LONGEST])
    return f"'{printable}…'" if len(name) > _LONGEST else f"'{printable}'"
