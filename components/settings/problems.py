"""How a wrong stack file is reported."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi

from ..schema.problems import PLAIN, Problem, render, report


class SettingsError(pulumi.RunError):
    """The stack file cannot be used. Pulumi prints the message without a traceback."""

    def __init__(self, stack: str, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        file = f"Pulumi.{stack}.yaml" if PLAIN.fullmatch(stack) else "the stack's file"
        # As `pulumi config set --path` takes them: the namespace, a colon, the path.
        lines = [f"{problem.source}:{render(problem.path)}: {problem.message}" for problem in problems]
        advice = f"Correct {file} and run again; docs/options.md has every setting."
        super().__init__(report("configuration", lines, advice))
