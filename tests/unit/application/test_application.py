"""The application group: what runs, and what is left out."""

from __future__ import annotations

import pytest

from tests.unit.stacks import every

GROUP = "$forail:application:Application$"
ALWAYS = {"Access", "ConfigMap", "Init", "Backups", "Web", "Task", "Frontend"}


@pytest.mark.parametrize(
    ("stack", "more"),
    [
        ("dev", {"Opa", "OtelCollector"}),
        # The Secret holds settings of the backend.
        ("everything", {"Opa", "OtelCollector", "BackupBeforeUpgrade", "Assistant", "Restore", "Secret"}),
        ("elsewhere", {"BackupBeforeUpgrade", "Assistant", "Restore"}),
    ],
)
def test_what_is_off_is_not_there(stack: str, more: set[str]) -> None:
    below = [item for item in every(stack).resources if GROUP in item.urn]
    assert {item.kind for item in below if "$" not in item.urn.partition(GROUP)[2]} == ALWAYS | more
