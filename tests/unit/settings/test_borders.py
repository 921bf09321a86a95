"""Every leaf of the stack file, at and beyond the border of what its readers take."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Annotated, Any, cast, get_args

import pytest
from annotated_types import Ge, Le
from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from components.schema.section import Section
from components.schema.shape import Branch, keys, kinds, of_field
from components.settings.stack import StackFile
from tests.unit.settings.borders import BORDERS, NOT_TEXT, Border
from tests.unit.settings.test_fuzz import KNOWN

HUGE = (2**31, 2**53, 2**63, 2**64, 10**400)
# What the kinds without a table are: anything of that type.
FREE = ("text", "a mapping")


def _kinds(section: type[Section], path: str = "") -> Iterator[tuple[str, Branch]]:
    """Each leaf below `section`: fields, and what lists and mappings hold."""
    for key, field in keys(section).items():
        for kind in of_field(field):
            yield from _inside(kind, f"{path}.{key}" if path else key)


def _inside(kind: Branch, path: str) -> Iterator[tuple[str, Branch]]:
    if kind.section is not None:
        yield from _kinds(kind.section, path)
    elif kind.choices or not get_args(kind.type):
        yield path, kind
    else:
        for argument in get_args(kind.type):
            for inner in kinds(argument):
                yield from _inside(inner, f"{path}[]")


@cache
def leaves() -> tuple[tuple[str, Branch], ...]:
    """Path and kind of every leaf."""
    return tuple(_kinds(StackFile))


def _border(kind: Branch) -> Border:
    """The values of a kind: whole numbers and choices from their own limits, others by name."""
    if kind.choices:
        first = kind.choices[0]
        wrong = ("", f"{first} ", first.swapcase(), f"{first}\n", None, 1, True, [first], {first: 1})
        return Border(kind.choices, wrong)
    return _numbers(kind) if kind.type is int else BORDERS[kind.short]


def _numbers(kind: Branch) -> Border:
    low = next(cast("int", item.ge) for item in kind.metadata if isinstance(item, Ge))
    high = next((cast("int", item.le) for item in kind.metadata if isinstance(item, Le)), None)
    wrong: tuple[object, ...] = (low - 1, str(low), low + 0.5, True, None, "", float("nan"), float("inf"), [], {})
    if high is None:
        return Border((low,), wrong)
    return Border((low, high), (*wrong, high + 1, *(number for number in HUGE if number > high)))


def _problems(kind: Branch, value: object) -> list[ErrorDetails]:
    adapter = TypeAdapter[Any](cast("Any", Annotated)[(kind.type, *kind.metadata, None)])
    try:
        adapter.validate_python(value)
    except ValidationError as error:
        return error.errors(include_url=False, include_input=False)
    return []


def test_every_kind_of_leaf_has_a_border() -> None:
    nouns = {kind.short for _, kind in leaves() if kind.type is not int and not kind.choices}
    assert nouns - set(BORDERS) == set(FREE)
    assert set(BORDERS) - nouns == set(), "a table that nothing uses"


@pytest.mark.parametrize("noun", sorted({kind.short for _, kind in leaves()} - set(FREE)))
def test_a_leaf_takes_and_refuses_at_its_border(noun: str) -> None:
    for path, kind in [(path, kind) for path, kind in leaves() if kind.short == noun]:
        border = _border(kind)
        assert [value for value in border.taken if _problems(kind, value)] == [], path
        refused = border.refused if kind.type is not str else (*border.refused, *_never_text(border))
        assert [value for value in refused if not _problems(kind, value)] == [], path


def _never_text(border: Border) -> tuple[object, ...]:
    numbers = any(isinstance(value, int) for value in border.taken)
    return tuple(value for value in NOT_TEXT if not (numbers and isinstance(value, int | float)))


@pytest.mark.parametrize("noun", sorted(BORDERS))
def test_a_refusal_says_what_is_wrong_and_never_the_value(noun: str) -> None:
    kind = next(kind for _, kind in leaves() if kind.short == noun)
    for value in BORDERS[noun].refused:
        for details in _problems(kind, value):
            cause = details.get("ctx", {}).get("error")
            if isinstance(cause, ValueError):
                assert KNOWN.match(str(cause)), str(cause)
                assert len(str(value)) < 12 or str(value) not in str(cause)
