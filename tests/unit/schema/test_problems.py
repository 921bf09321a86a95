"""Problems name their place in one line, and never show what may be a misplaced value."""

from __future__ import annotations

import pytest

from components.schema.problems import SHOWN, Problem, render, report
from components.schema.shape import Path


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ((), ""),
        (("web", "tolerations", 0, "key"), "web.tolerations[0].key"),
        (("labels", "example.com/team"), 'labels["example.com/team"]'),
        (("hunter2 is my password",), "<a key of 22 characters>"),
        (("web", "x" * 65), f'web["{"x" * 65}"]'),
        (("web", "x" * 129), "web.<a key of 129 characters>"),
    ],
)
def test_a_path_is_written_as_pulumi_takes_it(path: Path, text: str) -> None:
    assert render(path) == text


def test_a_problem_of_the_whole_has_no_path() -> None:
    assert Problem("a.yaml#1", (), "is empty").text == "a.yaml#1: is empty"
    assert Problem("a.yaml#1", ("spec", "name"), "is empty").text == "a.yaml#1: spec.name: is empty"


@pytest.mark.parametrize(
    ("count", "head"), [(1, "1 problem:"), (2, "2 problems:"), (SHOWN + 1, f"{SHOWN + 1} problems:")]
)
def test_a_report_counts_all_and_shows_the_first(count: int, head: str) -> None:
    lines = report("content", [f"a: {number}" for number in range(count)], "Correct it.").splitlines()

    assert lines[0] == f"The content of this stack has {head}"
    assert lines[1] == "  a: 0"
    assert lines[-1] == "Nothing was created or changed. Correct it."
    assert ("  … and 1 more" in lines) is (count > SHOWN)
