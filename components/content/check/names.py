"""Names as they are written: not empty, without white space around them, and each once in its list."""

from __future__ import annotations

from collections.abc import Sequence

from ...api.models import Spec, Team
from ...schema.shape import Path
from ..problems import quoted
from .protocol import Found


def check(spec: Spec) -> Found:
    """A name in Forail that Forail would store in another form."""
    name: str = getattr(spec, "name", None) or ""
    if name != name.strip():
        yield (
            ("spec", "name"),
            "has white space around it, which Forail takes off, and the operator does not find the object then: remove "
            "it",
        )


def users(spec: Team) -> Found:
    """The members of a team."""
    return unique(spec.users, ("spec", "users"), "", "user")


def unique(names: Sequence[str], path: Path, key: str, noun: str) -> Found:
    """Names that are empty, given twice, or not stored as they are written."""
    seen: dict[str, int] = {}
    for place, name in enumerate(names):
        first = seen.setdefault(name, place)
        where = (*path, place, key) if key else (*path, place)
        if not name:
            yield where, f"is empty: name the {noun}"
        elif name != name.strip():
            yield where, f"is {quoted(name)}, with white space around it that Forail takes off: remove it"
        elif first != place:
            yield where, f"is {quoted(name)}, like number {first + 1} of the list: each {noun} is listed once"
