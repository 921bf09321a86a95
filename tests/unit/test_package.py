"""The package that others install: what it needs, and what it shows."""

from __future__ import annotations

import re
import tomllib

import components
from components.settings.stack import StackFile
from tests.unit.engine import ROOT
from tests.unit.settings.stackfile import fields_below

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def pinned() -> dict[str, tuple[int, ...]]:
    """The versions that the program itself runs with."""
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").split()
    return {
        name: tuple(map(int, re.findall(r"\d+", version))) for name, version in (line.split("==") for line in lines)
    }


def test_it_takes_the_versions_that_the_program_is_tested_with() -> None:
    ranges = {re.split(r"[>=<]", need)[0]: re.findall(r"[\d][\w.]*", need) for need in PROJECT["dependencies"]}
    assert ranges.keys() == pinned().keys()
    for name, version in pinned().items():
        lowest, beyond = (tuple(map(int, re.findall(r"\d+", bound))) for bound in ranges[name])
        assert lowest <= version < beyond, name


def test_every_public_name_is_there_once() -> None:
    assert len(set(components.__all__)) == len(components.__all__)
    assert not [name for name in components.__all__ if not hasattr(components, name)]


def test_every_section_of_the_stack_file_can_be_imported() -> None:
    sections = {section.__name__ for section, _ in fields_below(StackFile)}
    missing = sorted(sections - set(components.__all__))
    assert not missing, "give each a line in components/__init__.py: programs write their stack in Python"


def test_it_says_that_it_is_typed() -> None:
    assert (ROOT / "components" / "py.typed").exists()
