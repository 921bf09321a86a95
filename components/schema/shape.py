"""What the models say about a path of the stack file: where it ends, which keys fit there, and its type in words."""

from __future__ import annotations

import types
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Literal, Union, cast, get_args, get_origin

from annotated_types import Ge, Le
from pydantic import Tag
from pydantic.fields import FieldInfo

from . import descriptions
from .section import Section
from .words import Words

Path = tuple[str | int, ...]


def _is_subclass(candidate: object, base: type) -> bool:
    return isinstance(candidate, type) and issubclass(candidate, base)


@dataclass(frozen=True)
class Branch:
    """One thing that a value may be: a type without its Annotated and Optional layers."""

    type: object
    metadata: tuple[object, ...] = ()

    @property
    def tag(self) -> str | None:
        """How pydantic names this branch of a union in an error's location."""
        return next((item.tag for item in self.metadata if isinstance(item, Tag)), None)

    @property
    def section(self) -> type[Section] | None:
        """The section, where this is one."""
        return cast("type[Section]", self.type) if _is_subclass(self.type, Section) else None

    @property
    def choices(self) -> tuple[str, ...]:
        """The texts that an enumeration or a Literal allows; empty for other types."""
        if _is_subclass(self.type, StrEnum):
            return tuple(member.value for member in cast("type[StrEnum]", self.type))
        return tuple(str(choice) for choice in get_args(self.type)) if get_origin(self.type) is Literal else ()

    @property
    def inside(self) -> tuple[Branch, ...]:
        """What each element of a list, or each value of a mapping of free keys, may be; empty for other types."""
        if get_origin(self.type) not in (tuple, dict):
            return ()
        return kinds(get_args(self.type)[0 if get_origin(self.type) is tuple else 1])

    @property
    def short(self) -> str:
        """The type in words, without its details."""
        named = self._named
        return named.short if named else self._plain

    @property
    def long(self) -> str:
        """The type in words, with what it allows."""
        named = self._named
        return named.long if named else self._plain

    @property
    def _named(self) -> Words | None:
        return next((item for item in self.metadata if isinstance(item, Words)), None)

    @property
    def _plain(self) -> str:
        arguments = get_args(self.type)
        if self.choices:
            return ("one of " if len(self.choices) > 1 else "") + ", ".join(self.choices)
        if self.type is int:
            low = next((item.ge for item in self.metadata if isinstance(item, Ge)), None)
            high = next((item.le for item in self.metadata if isinstance(item, Le)), None)
            return f"a whole number, {low} or more" if high is None else f"a whole number from {low} to {high}"
        if get_origin(self.type) is tuple:
            return f"a list, each {short(kinds(arguments[0]))}"
        if get_origin(self.type) is dict:
            return f"a mapping from {short(kinds(arguments[0]))} to {short(kinds(arguments[1]))}"
        return "true or false" if self.type is bool else "text" if self.type is str else "a mapping"


def kinds(annotation: object, metadata: Sequence[object] = ()) -> tuple[Branch, ...]:
    """The branches of an annotation; None is not one."""
    if get_origin(annotation) is Annotated:
        bare, *more = get_args(annotation)
        # Below the top, pydantic leaves the constraints of a Field where they were written.
        spread = [part for item in more for part in (item.metadata if isinstance(item, FieldInfo) else [item])]
        return kinds(bare, (*metadata, *spread))
    if get_origin(annotation) in (Union, types.UnionType):
        return tuple(kind for branch in get_args(annotation) for kind in kinds(branch, metadata))
    return () if annotation is types.NoneType else (Branch(annotation, tuple(metadata)),)


def of_field(field: FieldInfo) -> tuple[Branch, ...]:
    """The branches of a section's field."""
    return kinds(field.annotation, field.metadata)


def short(branches: Sequence[Branch]) -> str:
    """The type in words, without its details."""
    return " or ".join(dict.fromkeys(kind.short for kind in branches))


def long(branches: Sequence[Branch]) -> str:
    """The type in words, with what it allows."""
    return " or ".join(dict.fromkeys(kind.long for kind in branches))


def keys(section: type[Section]) -> dict[str, FieldInfo]:
    """The keys that a section takes."""
    return {str(field.alias): field for field in section.model_fields.values()}


@dataclass(frozen=True)
class Place:
    """Where a path ends."""

    path: Path
    kinds: tuple[Branch, ...] = ()
    """What the value there may be; empty where the models know no such key."""
    holder: tuple[Branch, ...] = ()
    """What holds the last key."""
    about: str = ""
    """The field's description."""

    def step(self, part: str | int) -> Place:
        """The place below this one; a union's tag and the mark of a mapping's key lead nowhere further."""
        if part == "[key]":
            return self
        tagged = [kind for kind in self.kinds if kind.tag is not None and kind.tag == part]
        if tagged and len(self.kinds) > 1:
            return Place(self.path, tuple(tagged), self.holder, self.about)
        path = (*self.path, part)
        for kind in self.kinds:
            if kind.section is not None and isinstance(part, str) and part in keys(kind.section):
                about = descriptions.of(kind.section).get(part, "")
                return Place(path, of_field(keys(kind.section)[part]), self.kinds, about)
            if get_origin(kind.type) is (tuple if isinstance(part, int) else dict):
                return Place(path, kind.inside, self.kinds)
        return Place(path, (), self.kinds)


def follow(section: type[Section], location: Sequence[str | int]) -> Place:
    """The place that pydantic's `location` names, seen from `section`."""
    place = Place((), (Branch(section),))
    for part in location:
        place = place.step(part)
    return place


def leaves(section: type[Section], prefix: Path = ()) -> Iterator[tuple[Path, FieldInfo, tuple[Branch, ...]]]:
    """Every key that takes no further mapping of known keys, with its path: the rows of the options reference."""
    for key, field in keys(section).items():
        branches = of_field(field)
        below = [kind.section for kind in branches if kind.section is not None]
        for child in below:
            yield from leaves(child, (*prefix, key))
        if len(below) < len(branches):
            yield (*prefix, key), field, branches
