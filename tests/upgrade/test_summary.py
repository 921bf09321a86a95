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


def planned(folder: Path, **sections: object) -> tuple[list[str], str]:
    """The plan, and what the program itself says at the end of the preview."""
    lines: list[str] = []
    said: list[str] = []

    def noted(event: automation.EngineEvent) -> None:
        lines.append(as_logged(event))
        diagnostic = event.diagnostic_event
        if diagnostic is not None and diagnostic.severity == "info" and (diagnostic.urn or "").endswith("::forail"):
            said.append(diagnostic.message)

    prod(folder, PROD.text, **sections).engine.plan(noted)
    (text,) = said
    return lines, text


def test_a_new_version_a_setting_and_a_larger_claim(tmp_path: Path) -> None:
    lines, own = planned(tmp_path, **SECTIONS)
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
        # A hook does not see what a replaced StatefulSet was before.
        assert f"  {answer}\n" in own or answer.startswith(("forail-task (task)", "Are waited for"))
    assert "  Are waited for, each as long as its pod's grace allows;" in own
    assert [one.question for one in found] == [line[:-1] for line in text.splitlines() if line.endswith(":")]
    assert len([line for line in markdown.splitlines() if line.startswith("| ")]) == len(found) + 1


def test_a_restore_and_new_secrets(tmp_path: Path) -> None:
    sections: dict[str, object] = {
        "restore": {"from": "forail-20260101T013000Z", "confirm": "prod"},
        "rotation": {"forailSecretKey": 2, "redisPassword": 2},
    }
    lines, own = planned(tmp_path, **sections)
    text = written(effects(changes("\n".join(lines))), SummaryForm.TEXT)
    for answer in (
        "Backup forail-20260101T013000Z takes the place of the database; what was written after it is lost.",
        "New value: forail-secret-key-2.",
        "New value: forail-redis-password.",
        "Everything that the database stores encrypted is stored under the new encryption key.",
        "web and task: away until the backup is restored.",
        "forail-redis: each old pod ends before its new one starts.",
        "Are waited for, each as long as its pod's grace allows; what runs longer fails. Pending ones start later.",
        "Not to the former encryption key: a lower epoch is refused. Its dump can be restored.",
    ):
        assert f"  {answer}\n" in text
        assert f"  {answer}\n" in own


def test_another_number_of_pods_restarts_none(tmp_path: Path) -> None:
    lines, own = planned(tmp_path, frontend={"replicas": 4})
    changed = {change.name: change.operation for change in changes("\n".join(lines)) if change.kind == "Deployment"}
    assert changed["forail-frontend"] == "update"
    assert "forail-frontend" not in own
