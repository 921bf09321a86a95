"""The summary of a preview that changes version, a setting of web and a claim's size, from the real engine's events."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pulumi import automation

from components.summary.effects import effects
from components.summary.plan import changes
from components.summary.write import SummaryForm, written
from tests.upgrade.test_refused_changes import PROD, prod

SECTIONS: dict[str, object] = {
    "images": {"backend": {"tag": "2026.10.0"}},
    "web": {"replicas": 2, "resources": {"limits": {"memory": "3Gi"}}},
    "backups": {"retentionDays": 30, "storage": {"size": "200Gi", "accessMode": "ReadWriteMany"}},
}


def as_logged(event: automation.EngineEvent) -> str:
    """The event as a line of `--event-log`, as far as the summary reads it."""
    step = event.resource_pre_event
    if step is None:
        return "{}"
    states: dict[str, Any] = {
        key: {"inputs": state.inputs}
        for key, state in (("old", step.metadata.old), ("new", step.metadata.new))
        if state
    }
    metadata = {"op": automation.OpType(step.metadata.op).value, "urn": step.metadata.urn, **states}
    return json.dumps({"resourcePreEvent": {"metadata": metadata}})


def test_a_new_version_a_setting_and_a_larger_claim(tmp_path: Path) -> None:
    lines: list[str] = []
    prod(tmp_path, PROD.text, **SECTIONS).engine.plan(lambda event: lines.append(as_logged(event)))
    found = effects(changes("\n".join(lines)))
    text, markdown = written(found, SummaryForm.TEXT), written(found, SummaryForm.MARKDOWN)
    image = "ghcr.io/forail-platform/forail-backend"
    for answer in (
        f"forail-web (web): {image}:2026.07.1 -> {image}:2026.10.0.",
        f"forail-task (task): {image}:2026.07.1 -> {image}:2026.10.0.",
        "Claim forail-backups: 100Gi -> 200Gi.",
        "forail-web: a new pod is ready before an old one ends.",
        "forail-task: all its pods end before new ones start.",
        "Are waited for, each node for at most 270 s; what runs longer fails. Pending ones start later.",
        "The database is dumped first, and nothing is migrated unless that succeeds.",
        "Not by the old image: migrations do not run backwards. Restore the backup.",
        "None for PersistentVolumeClaim forail-backups: a claim does not shrink.",
    ):
        assert f"  {answer}\n" in text
        assert answer in markdown
    assert [one.question for one in found] == [line[:-1] for line in text.splitlines() if line.endswith(":")]
    assert len([line for line in markdown.splitlines() if line.startswith("| ")]) == len(found) + 1
