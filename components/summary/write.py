"""The effects of a plan as text or as Markdown."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum

from .effects import Effect

HEADING = "What this `pulumi up` does"


class SummaryForm(StrEnum):
    """How a summary is written."""

    TEXT = "text"
    """For a terminal."""
    MARKDOWN = "markdown"
    """For a pull request."""


def written(effects: Sequence[Effect], form: SummaryForm) -> str:
    """All of `effects`, ending with a line end."""
    if form is SummaryForm.TEXT:
        blocks = ["\n".join([f"{one.question}:", *(f"  {answer}" for answer in one.answers)]) for one in effects]
        return "\n".join(blocks) + "\n"
    rows = [f"| {one.question} | {'<br>'.join(map(_cell, one.answers))} |" for one in effects]
    return "\n".join([f"### {HEADING}", "", "| | |", "|---|---|", *rows]) + "\n"


def _cell(text: str) -> str:
    """Text of a plan can hold what Markdown or HTML would read."""
    return re.sub(r"([|<\\*_\[\]])", r"\\\1", text)
