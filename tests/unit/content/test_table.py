"""A check that nobody lists checks nothing."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections import Counter

from components.content import check
from components.content.check.table import CHECKS, WARNINGS


def test_every_check_is_listed_once() -> None:
    modules = [importlib.import_module(f"{check.__name__}.{one.name}") for one in pkgutil.iter_modules(check.__path__)]
    written = {
        function
        for module in modules
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__
        and not name.startswith("_")
        and function.__annotations__ == {"index": "Index", "return": "Iterator[Problem]"}
    }
    listed = Counter([*CHECKS, *WARNINGS])

    assert len(written) > 10
    assert written <= set(listed)
    assert set(listed.values()) == {1}
