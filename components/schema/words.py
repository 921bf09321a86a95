"""What a value may look like: in words, for error messages and the options reference, and as JSON schema."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema


@dataclass(frozen=True)
class Words:
    """Names a type for people: a noun phrase with its article, after a colon what it allows. Checks nothing itself."""

    words: str
    form: str = field(default="", kw_only=True)
    """Pattern that the whole text has to match, for JSON schemas: never stricter than the validator beside it."""

    @property
    def short(self) -> str:
        """The noun phrase only."""
        return self.words.partition(": ")[0]

    @property
    def long(self) -> str:
        """The noun phrase, with what it allows in brackets."""
        noun, _, allowed = self.words.partition(": ")
        return f"{noun} ({allowed})" if allowed else noun

    def keywords(self) -> dict[str, Any]:
        """What a JSON schema says about the text beside its type."""
        return {"pattern": whole(self.form)} if self.form else {}

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {**handler(schema), **self.keywords()}


def whole(pattern: str) -> str:
    """`pattern` for a search that finds all of the text or nothing, in Python and in ECMA 262."""
    # In Python, '$' would let a line end follow.
    return rf"^(?:{pattern})(?![\s\S])"


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

    def keywords(self) -> dict[str, Any]:
        """What a JSON schema says about the text beside its type: all that is checked here."""
        return {"pattern": whole(self.pattern), "maxLength": self.longest}

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self.check, handler(source))


class ConflictError(ValueError):
    """Settings that do not fit together. `key` is the dotted path to change, seen from the section that raises it."""

    def __init__(self, key: str, message: str) -> None:
        super().__init__(message)
        self.key = key


class ConflictsError(ValueError):
    """Several things that are wrong below one place: the path to each, seen from there, and what to do about it."""

    def __init__(self, found: Iterable[tuple[tuple[str | int, ...], str]]) -> None:
        self.found = tuple(found)
        super().__init__("; ".join(message for _, message in self.found))
