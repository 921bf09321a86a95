"""What a value may look like, said in words: for error messages and for the generated options reference."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema


@dataclass(frozen=True)
class Words:
    """Names a type for people: a noun phrase with its article, after a colon what it allows. Checks nothing itself."""

    words: str

    @property
    def short(self) -> str:
        """The noun phrase alone."""
        return self.words.partition(": ")[0]

    @property
    def long(self) -> str:
        """The noun phrase, with what it allows in brackets."""
        noun, _, allowed = self.words.partition(": ")
        return f"{noun} ({allowed})" if allowed else noun


@dataclass(frozen=True)
class Matching(Words):
    """Text that matches `pattern` as a whole; the error says `words` and never the pattern or the text."""

    pattern: str
    longest: int = 1000
    """Characters; longer text is refused before the pattern sees it."""

    def check(self, text: str) -> str:
        """Returns `text`, or raises ValueError."""
        if len(text) > self.longest or re.fullmatch(self.pattern, text) is None:
            raise ValueError(f"must be {self.long}")
        return text

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self.check, handler(source))


class ConflictError(ValueError):
    """Settings that do not fit together. `key` is the dotted path to change, seen from the section that raises it."""

    def __init__(self, key: str, message: str) -> None:
        super().__init__(message)
        self.key = key
