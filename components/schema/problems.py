"""How a wrong stack file is reported: every problem at once, by path, without a single value from the file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from .shape import Path

# A file in the wrong format can be wrong in every line; the first ones say so.
SHOWN = 100
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}")
# Keys of labels, annotations and selectors: written as Pulumi's own paths quote them.
_QUALIFIED = re.compile(r"[A-Za-z0-9][A-Za-z0-9_./-]{0,127}")


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: where, and what to do about it."""

    path: Path
    message: str
    namespace: str = ""
    """What stands before the colon; left out, the project."""

    def text(self, project: str) -> str:
        """One line, with the path as `pulumi config set --path` takes it."""
        return f"{self.namespace or project}:{render(self.path)}: {self.message}"


def render(path: Path) -> str:
    """The path in text. A key that does not look like one may be a misplaced value: only its length is shown."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        elif _PLAIN.fullmatch(part):
            text += f".{part}" if text else part
        elif _QUALIFIED.fullmatch(part):
            text += f'["{part}"]'
        else:
            text += f"{'.' if text else ''}<a key of {len(part)} characters>"
    return text


def report(what: str, problems: Sequence[str], advice: str) -> str:
    """The message of an error: how many problems `what` has, each on a line (of very many the first), and the fix."""
    lines = [f"  {problem}" for problem in problems[:SHOWN]]
    if len(problems) > SHOWN:
        lines.append(f"  … and {len(problems) - SHOWN} more")
    count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
    return "\n".join([f"The {what} of this stack has {count}:", *lines, f"Nothing was created or changed. {advice}"])


class SettingsError(pulumi.RunError):
    """The stack file cannot be used. Pulumi prints the message without a traceback."""

    def __init__(self, project: str, stack: str, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        file = f"Pulumi.{stack}.yaml" if _PLAIN.fullmatch(stack) else "the stack's file"
        texts = [problem.text(project) for problem in problems]
        advice = f"Correct {file} and run again; docs/options.md has every setting."
        super().__init__(report("configuration", texts, advice))
