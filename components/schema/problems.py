"""What is wrong with something that was given: every problem at once, by path, without a single value."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from .shape import Path

# A file in the wrong format can be wrong in every line; the first ones say so.
SHOWN = 100
PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}")
"""What a key, or the name of a stack, looks like."""
# Keys of labels, annotations and selectors: written as Pulumi's own paths quote them.
_QUALIFIED = re.compile(r"[A-Za-z0-9][A-Za-z0-9_./-]{0,127}")

Finding = tuple[Path, str]
"""Path and message, by whoever does not know what the path belongs to."""


@dataclass(frozen=True, order=True)
class Problem:
    """One thing that is wrong: where, and what to do about it."""

    source: str
    """What the path belongs to: a file's document such as `content/teams.yaml#2`, or a namespace of the stack file."""
    path: Path
    """Keys and places in lists; empty for the whole."""
    message: str
    """Reads as a sentence that begins with the path."""

    @property
    def text(self) -> str:
        """One line."""
        return f"{self.source}: {render(self.path)}: {self.message}" if self.path else f"{self.source}: {self.message}"


def render(path: Path) -> str:
    """The path in text. A key that does not look like one may be a misplaced value: only its length is shown."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        elif PLAIN.fullmatch(part):
            text += f".{part}" if text else part
        elif _QUALIFIED.fullmatch(part):
            text += f'["{part}"]'
        else:
            text += f"{'.' if text else ''}<a key of {len(part)} characters>"
    return text


def report(what: str, lines: Sequence[str], advice: str) -> str:
    """The message of an error: how many problems `what` has, each on a line (of very many the first), and the fix."""
    shown = [f"  {line}" for line in lines[:SHOWN]]
    if len(lines) > SHOWN:
        shown.append(f"  … and {len(lines) - SHOWN} more")
    count = "1 problem" if len(lines) == 1 else f"{len(lines)} problems"
    return "\n".join([f"The {what} of this stack has {count}:", *shown, f"Nothing was created or changed. {advice}"])
