"""The options of the stack file as rows of a table, from the settings' models."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import get_origin

from components.schema import descriptions
from components.schema.section import Section
from components.schema.shape import Branch, long, of_field
from components.settings.workload import Amount

REQUIRED = "required"


@dataclass(frozen=True)
class Row:
    """One option."""

    path: str
    type: str
    default: str
    about: str
    condition: str = ""
    """What has to be chosen for the option to count."""

    @property
    def cells(self) -> tuple[str, str, str, str]:
        """Path, type, default and description, in Markdown."""
        default = self.default if self.default in (REQUIRED, "") else f"`{self.default}`"
        return f"`{self.path}`", self.type, default, f"{self.condition}{self.about}"


def rows(section: type[Section], prefix: str, defaults: Section | None, condition: str = "") -> Iterator[Row]:
    """The options of `section`, depth first. `defaults` is what the section is where it is left out."""
    described = descriptions.of(section)
    for attribute, field in section.model_fields.items():
        path, branches = f"{prefix}{field.alias}", of_field(field)
        about = flat(described.get(str(field.alias)))
        default: object = field.get_default(call_default_factory=True, validated_data={})
        if defaults is not None:
            default = getattr(defaults, attribute)
        inner = [kind for kind in branches if kind.section is not None]
        if any(kind.tag for kind in inner) and isinstance(default, Section):
            yield from _modes(path, inner, default)
        elif inner:
            below = rows(section_of(inner[0]), f"{path}.", default if isinstance(default, Section) else None, condition)
            # Requests and limits say what an amount is for; the amount itself only says of what.
            amount = section_of(inner[0]) is Amount
            yield from (replace(row, about=about) if amount else row for row in below)
        else:
            shows = REQUIRED if field.is_required() and defaults is None else shown(default)
            yield Row(path, _words(branches), shows, about, condition)
            yield from _inside(path, branches, condition)


def _inside(path: str, branches: tuple[Branch, ...], condition: str) -> Iterator[Row]:
    """The options of the sections that a list or a mapping holds."""
    for kind in branches:
        below = f"{path}[]." if get_origin(kind.type) is tuple else f"{path}.<name>."
        for inner in kind.inside:
            if inner.section is not None:
                yield from rows(inner.section, below, None, condition)


def _modes(path: str, branches: list[Branch], default: Section) -> Iterator[Row]:
    """A union's options: its mode once, then what each mode takes; what several take has no condition."""
    choices = ", ".join(str(kind.tag) for kind in branches)
    found: dict[str, Row] = {}
    for kind in branches:
        section = section_of(kind)
        mine = default if isinstance(default, section) else None
        for row in rows(section, f"{path}.", mine, f"With `{path}.mode: {kind.tag}`. "):
            found[row.path] = replace(found[row.path], condition="") if row.path in found else row
    mode = found.pop(f"{path}.mode")
    yield replace(mode, type=f"one of {choices}", condition="")
    yield from found.values()


def section_of(kind: Branch) -> type[Section]:
    """The section that a branch is known to be."""
    assert kind.section is not None
    return kind.section


def _words(branches: tuple[Branch, ...]) -> str:
    """A type in words, without its article."""
    return flat(long(branches).removeprefix("a ").removeprefix("an "))


def shown(value: object) -> str:
    """A default as YAML has it; nothing for what is left out."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, StrEnum):
        return value.value
    # Lists and mappings default to empty ones.
    return "[]" if isinstance(value, tuple) else "{}" if isinstance(value, dict) else str(value)


def flat(text: str | None) -> str:
    """Text for one cell of a table."""
    return " ".join((text or "").split()).replace("|", "\\|")


def table(head: Iterable[str], body: Iterable[Iterable[str]]) -> str:
    """A Markdown table."""
    columns = list(head)
    lines = [columns, ["---"] * len(columns), *body]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)
