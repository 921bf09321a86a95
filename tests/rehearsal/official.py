"""The rehearsal on an official Kubernetes provider: which tests run again, and what differs from the stand-in.

`python -m tests.rehearsal.official built|installed [arguments of pytest]` runs them on the provider that
`make official` builds, or on the plugin of the SDK's version, which must be installed. `docs/official.md` is made from
these tables.
"""

import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pytest

from rehearsal.plugins import VARIABLE, Choice, official_release, wanted_version

MODULES: Mapping[str, str] = {
    "test_operator.py": "custom resources: taking over definitions, `waitFor`, finalizers, order of removal",
    "test_platform.py": "every kind of the platform: waits, replacements, protection, a second `up` without changes",
    "test_variants.py": "what other stacks use: load balancers, shared claims, objects that somebody else keeps",
    "test_fleet.py": "two stacks in one cluster",
    "test_command.py": "provider processes of their own: interrupted, killed, adopted after a kill",
}
"""Tests whose result depends on the provider, and what they ask it. The others never call one, or test the stand-in."""


@dataclass(frozen=True)
class Difference:
    """A test that an official provider does not pass.

    Args:
        test: its id below `tests/rehearsal/`.
        official: what the provider does there.
        changed_in: the release from which on it does what the stand-in does; None where no release does.
        reason: why the stand-in is otherwise on purpose; only where no release does the same.
    """

    test: str
    official: str
    changed_in: str | None = None
    reason: str = ""

    @property
    def explained(self) -> str:
        """The release, or the reason."""
        return f"changed in {self.changed_in}" if self.changed_in else self.reason

    def concerns(self, release: str) -> bool:
        """Whether an official provider of this release differs."""
        return self.changed_in is None or _numbers(release) < _numbers(self.changed_in)


def _numbers(release: str) -> tuple[int, ...]:
    return tuple(map(int, release.split(".")))


DIFFERENCES: tuple[Difference, ...] = ()


def expect_differences(items: Iterable[pytest.Item], release: str, *, whole_modules: bool) -> None:
    """Make each test of the table one that must fail: a difference that has gone is an error like a new one.

    Args:
        items: the collected tests.
        release: the official provider's.
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
        difference = known.pop(test, None)
        if difference and difference.concerns(release):
            reason = f"{difference.official} ({difference.explained})"
            item.add_marker(pytest.mark.xfail(reason=reason, strict=True))
    unknown = [test for test in known if test.partition("::")[0] in modules]
    if whole_modules and unknown:
        raise pytest.UsageError(f"tests/rehearsal/official.py names tests that do not exist: {', '.join(unknown)}")


def main(arguments: list[str]) -> int:
    """Run the modules on the chosen official provider, and return pytest's exit code, 2 where there is none."""
    choices = (Choice.BUILT, Choice.INSTALLED)
    if not arguments or arguments[0] not in choices:
        sys.stderr.write(f"usage: python -m tests.rehearsal.official {'|'.join(choices)} [arguments of pytest]\n")
        return 2
    os.environ[VARIABLE] = arguments[0]
    if official_release("kubernetes") is None:
        version = wanted_version("kubernetes")
        sys.stderr.write(
            f"the Kubernetes plugin {version} is not installed\n"
            f"  fix: pulumi plugin install resource kubernetes {version} --exact\n"
        )
        return 2
    return pytest.main([*arguments[1:], *(f"tests/rehearsal/{module}" for module in MODULES)])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
