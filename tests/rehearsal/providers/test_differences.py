"""What counts as a change, and how its path is written."""

from __future__ import annotations

from typing import Any

import pytest

from rehearsal.providers.differences import Change, Path, differences, render
from rehearsal.providers.wire import UNKNOWN


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({"a": 1}, {"a": 1}, {}),
        ({"a": 1}, {"a": 1.0}, {}),
        ({"a": True}, {"a": 1}, {("a",): Change.UPDATE}),
        ({"a": "1"}, {"a": 1}, {("a",): Change.UPDATE}),
        ({"a": 1}, {"a": 1, "b": 2}, {("b",): Change.ADD}),
        ({"a": 1, "b": 2}, {"a": 1}, {("b",): Change.DELETE}),
        ({"a": [1, 2]}, {"a": [1, 3, 4]}, {("a", 1): Change.UPDATE, ("a", 2): Change.ADD}),
        ({"a": [1, 2]}, {"a": [1]}, {("a", 1): Change.DELETE}),
        ({"a": {"b": {"c": 1}}}, {"a": {"b": {"c": 2}}}, {("a", "b", "c"): Change.UPDATE}),
        ({"a": {"b": 1}}, {"a": UNKNOWN}, {("a",): Change.UPDATE}),
        ({"a": UNKNOWN}, {"a": UNKNOWN}, {("a",): Change.UPDATE}),
        ({"a": None}, {}, {("a",): Change.DELETE}),
    ],
)
def test_differences(old: Any, new: Any, expected: dict[Path, Change]) -> None:
    assert {found.path: found.change for found in differences(old, new)} == expected


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (("spec", "containers", 0, "image"), "spec.containers[0].image"),
        (("metadata", "labels", "app.kubernetes.io/name"), 'metadata.labels["app.kubernetes.io/name"]'),
        (("data", 'a"b'), 'data["a\\"b"]'),
        (("data", "a-b"), 'data["a-b"]'),
    ],
)
def test_paths_are_written_as_the_engine_reads_them(path: Path, text: str) -> None:
    assert render(path) == text
