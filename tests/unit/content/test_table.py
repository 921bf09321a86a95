"""A check that nobody lists checks nothing."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from components.content import check
from components.content.check.table import CHECKS, SPEC_CHECKS, SPEC_WARNINGS, WARNINGS

SPECS = [one.check for one in (*SPEC_CHECKS, *SPEC_WARNINGS)]


def written(parameter: str, result: str) -> set[Callable[..., Any]]:
    """Public functions of the check modules that take only this parameter and return this."""
    modules = [importlib.import_module(f"{check.__name__}.{one.name}") for one in pkgutil.iter_modules(check.__path__)]
    return {
        function
        for module in modules
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__
        and not name.startswith("_")
        and list(function.__annotations__) == [parameter, "return"]
        and function.__annotations__["return"] == result
    }


@pytest.mark.parametrize(
    ("parameter", "result", "listed"),
    [("index", "Iterator[Problem]", [*CHECKS, *WARNINGS]), ("spec", "Found", SPECS)],
    ids=["of everything", "of one spec"],
)
def test_every_check_is_listed_once(parameter: str, result: str, listed: Iterable[Callable[..., Any]]) -> None:
    times, checks = Counter(listed), written(parameter, result)
    missing = [f"{one.__module__}.{one.__name__}" for one in checks - set(times)]

    assert len(checks) > 10
    assert not missing, "give each a line in components/content/check/table.py"
    assert set(times.values()) == {1}
