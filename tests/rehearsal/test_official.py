"""The table of differences to the official provider is itself held: nothing stale, nothing unexplained."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from rehearsal.plugins import VARIABLE, Choice, official_release
from tests.rehearsal import official
from tests.rehearsal.official import DIFFERENCES, MODULES, Difference

HERE = Path(__file__).parent
CHECKOUT = HERE.parents[1]
# Runs in a copy of the conftest's place: an own suite of three tests, two of them in the table.
SUITE = """
import pytest
from tests.rehearsal import official
from tests.rehearsal.official import Difference

official.DIFFERENCES = (
    Difference("test_suite.py::test_differs", "fails", changed_in="4.29.0"),
    Difference("test_suite.py::{second}", "fails too", reason="on purpose"),
)


def pytest_collection_modifyitems(items):
    official.expect_differences(items, "{release}", whole_modules=True)
"""
TESTS = """
def test_differs(): assert {differs}
def test_never(): assert False
def test_other(): assert {other}
"""


def outcome(folder: Path, *, release: str = "4.25.0", second: str = "test_never", differs: bool, other: bool) -> str:
    """The last line of pytest on a suite whose tests pass or fail as told."""
    (folder / "conftest.py").write_text(SUITE.format(release=release, second=second))
    (folder / "test_suite.py").write_text(TESTS.format(differs=differs, other=other))
    (folder / "pytest.ini").write_text("[pytest]\n")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(folder), str(folder)]
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    result = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return (result.stdout + result.stderr).strip().splitlines()[-1].rpartition(" in ")[0] or result.stderr.strip()


def test_a_named_difference_is_expected_and_everything_else_must_pass(tmp_path: Path) -> None:
    assert outcome(tmp_path, differs=False, other=True) == "1 passed, 2 xfailed"


def test_a_difference_that_has_gone_is_an_error(tmp_path: Path) -> None:
    assert outcome(tmp_path, differs=True, other=True) == "1 failed, 1 passed, 1 xfailed"


def test_a_difference_that_is_not_named_is_an_error(tmp_path: Path) -> None:
    assert outcome(tmp_path, differs=False, other=False) == "1 failed, 2 xfailed"


@pytest.mark.parametrize(("release", "said"), [("4.28.9", "1 passed, 2 xfailed"), ("4.29.0", "2 passed, 1 xfailed")])
def test_a_release_that_changed_it_must_pass(tmp_path: Path, release: str, said: str) -> None:
    assert outcome(tmp_path, release=release, differs=release == "4.29.0", other=True) == said


def test_an_entry_for_a_test_that_does_not_exist_is_an_error(tmp_path: Path) -> None:
    said = outcome(tmp_path, second="test_renamed", differs=False, other=True)
    assert "names tests that do not exist: test_suite.py::test_renamed" in said


@pytest.mark.parametrize("difference", DIFFERENCES, ids=lambda one: one.test)
def test_every_difference_is_of_a_module_that_runs_and_has_one_explanation(difference: Difference) -> None:
    assert difference.test.partition("::")[0] in MODULES
    assert difference.official
    assert bool(difference.changed_in) != bool(difference.reason)


def test_every_module_exists() -> None:
    assert [module for module in MODULES if not (HERE / module).is_file()] == []


def test_without_the_plugin_the_fix_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # `main` sets it for pytest; what it was comes back after the test.
    monkeypatch.setenv(VARIABLE, Choice.STAND_INS)
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("PULUMI_IGNORE_AMBIENT_PLUGINS", "true")
    assert official.main(["installed"]) == 2
    assert "fix: pulumi plugin install resource kubernetes 4." in capsys.readouterr().err
    assert official.main(["stand-ins"]) == 2
    assert "usage: " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("choice", "releases"),
    [(Choice.STAND_INS, (None, None)), (Choice.BUILT, ("4.25.0", None)), (Choice.INSTALLED, (None, None))],
)
def test_who_serves_is_known_without_serving(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, choice: Choice, releases: tuple[str | None, str | None]
) -> None:
    monkeypatch.setenv(VARIABLE, choice)
    for name in ("PULUMI_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setenv("PULUMI_IGNORE_AMBIENT_PLUGINS", "true")
    assert (official_release("kubernetes"), official_release("random")) == releases
