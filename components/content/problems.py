"""How wrong content is reported: by file and path, without a single secret."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi

from ..schema.problems import Problem, report

_LONGEST = 80


class ContentError(pulumi.RunError):
    """The content cannot be applied. Pulumi prints the message without a traceback."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        advice = "Correct the content and run again; docs/content.md has every field."
        super().__init__(report("content", [problem.text for problem in problems], advice))


def quoted(name: str) -> str:
    """A name for a message: on one line, and cut where it is too long to be one."""
    printable = "".join(character if character.isprintable() else "�" for character in name[:_LONGEST])
    return f"'{printable}…'" if len(name) > _LONGEST else f"'{printable}'"
