"""What differs where the rehearsal runs on the official Kubernetes provider that `make official` builds."""

from collections.abc import Iterable
from dataclasses import dataclass

import pytest


@dataclass(frozen=True)
class Difference:
    """One test that the official provider of that release does not pass.

    Args:
        test: its id below `tests/rehearsal/`.
        official: what the provider does there.
        explained: the release that changed it, or the point in which the stand-in is stricter on purpose.
    """

    test: str
    official: str
    explained: str


DIFFERENCES: tuple[Difference, ...] = ()


def expect_differences(items: Iterable[pytest.Item], *, whole_modules: bool) -> None:
    """Make each test of the table one that must fail: a difference that has gone is an error like a new one.

    Args:
        items: the collected tests.
        whole_modules: whether they are all tests of their modules, so that an entry for a test that does not exist
            can be told.

    Raises:
        pytest.UsageError: an entry names no test.
    """
    known = {difference.test: difference for difference in DIFFERENCES}
    modules: set[str] = set()
    for item in items:
        test = item.nodeid.removeprefix("tests/rehearsal/")
        modules.add(test.partition("::")[0])
        if difference := known.pop(test, None):
            reason = f"{difference.official} ({difference.explained})"
            item.add_marker(pytest.mark.xfail(reason=reason, strict=True))
    unknown = [test for test in known if test.partition("::")[0] in modules]
    if whole_modules and unknown:
        raise pytest.UsageError(f"tests/rehearsal/official.py names tests that do not exist: {', '.join(unknown)}")
