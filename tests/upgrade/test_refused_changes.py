"""What a change would cost is said by the real engine, in a preview and in an `up`, before anything is touched.

Without a cluster: from the newest recorded state of prod, whose data is protected, and a record as an `up` leaves it.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.content.catalog import Catalog
from components.guards.declaration import Declaration
from components.settings.stack import StackFile
from tests.rehearsal.refused import Operation, refused
from tests.rehearsal.rehearsed import Rehearsed
from tests.upgrade.releases import Json, Release, recorded, resources, resumed

PROD = next(release for release in reversed(list(recorded())) if release.stack == "prod")
FORAIL = "urn:pulumi:prod::forail::forail:index:Forail"
PROJECT = {
    "apiVersion": "forail.forail-platform.io/v1alpha1",
    "kind": "Project",
    "metadata": {"name": "examples"},
    "spec": {"organization": "Default", "scmUrl": "https://example.com/examples.git"},
}


def before() -> Declaration:
    """What the recorded stack declares, with an organization."""
    config: Mapping[str, Any] = yaml.safe_load(PROD.stack_file.read_text(encoding="utf-8"))["config"]
    sections = {key.removeprefix("forail:"): value for key, value in config.items() if key.startswith("forail:")}
    declared = Declaration.of(StackFile.model_validate(sections), Catalog())
    return declared.model_copy(update={"organizations": {"forail-operator/crew": "Crew"}})


def with_records(release: Release, records: Mapping[str, Mapping[str, object]]) -> str:
    """The state, with what an `up` of this program records: by type, parents and name."""
    state: Json = json.loads(release.text)
    found: list[Json] = state["checkpoint"]["latest"]["resources"]
    default = "urn:pulumi:prod::forail::pulumi:providers:pulumi::default"
    identifier = "18487c4a-105e-41d8-9e72-49895a847bed"
    made: list[Json] = [
        {
            "urn": default,
            "custom": True,
            "id": identifier,
            "type": "pulumi:providers:pulumi",
            "inputs": {},
            "outputs": {},
        }
    ]
    for urn, facts in records.items():
        made.append(
            {
                "urn": urn,
                "custom": True,
                "id": urn,
                "type": "pulumi:index:Stash",
                "inputs": {"input": facts},
                "outputs": {"input": facts, "output": facts},
                "parent": urn.partition("$pulumi:index:Stash")[0] + "::forail",
                "provider": f"{default}::{identifier}",
            }
        )
    found += made
    return json.dumps(state)


def prod(folder: Path, state: str, **sections: object) -> Rehearsed:
    """The recorded stack with further sections."""
    messages = io.StringIO()
    return Rehearsed(replace(resumed(folder, PROD, state), overrides=sections), messages)


DECLARED = f"{FORAIL}$pulumi:index:Stash::forail-declared"
KEY = f"{FORAIL}$forail:data:Data$forail:data:Credentials$pulumi:index:Stash::forail-secret-key-kept"
HERE: dict[str, object] = {
    "images": {"postgres": {"tag": "17-alpine"}, "backend": {"tag": "2026.06.0"}},
    "namespace": {"name": "elsewhere"},
    "task": {"execution": "control", "replicas": 2},
    "redis": {"storage": {"size": "1Gi"}},
    "backups": {"storage": {"size": "100Gi", "storageClass": "other"}},
    "content": {"resources": [PROJECT], "existing": {"organizations": ["Default"]}},
}
# What is refused of it, in the order in which it is said, and a part of the reason.
SAID = {
    "namespace forail -> elsewhere": "a namespace cannot be renamed, so the whole platform",
    "claim backups.storage the default -> other": "forail-backups would be deleted with what it holds",
    "claim redis.storage 2Gi -> 1Gi": "shrinks claim forail-redis from 2Gi to 1Gi, which the API server refuses",
    "postgres 15 -> 17": "forail-postgres would not start",
    "backend 2026.07.1 -> 2026.06.0": "migrations do not: on the database as 2026.07.1 left it the init Job would fail",
    "release backend 2026.06.0, frontend 2026.07.0, operator 2026.07.1": "no release is known",
    "execution hybrid -> control": "Declared content runs there: Project examples.",
    "organization forail-operator/crew -> gone": "Organization forail-operator/crew ('Crew' in Forail) is declared",
}
ELSEWHERE: dict[str, object] = {
    "operator": {"enabled": False},
    "postgres": {"database": "another", "storage": {"size": "50Gi"}},
}
SAID_ELSEWHERE = {
    "database inCluster/forail -> inCluster/another": "nothing is copied",
    "operator on -> off": "the nine definitions with every custom resource of their kinds in the cluster",
}


def said_of(changes: Mapping[str, str], output: str) -> None:
    """Assert that exactly `changes` are refused, each with its reason and with what to type."""
    end = output.rindex("refused (docs/operations.md")
    found = re.findall(
        r"^ +(.+)\n +If it is meant: pulumi config set --path 'upgrade.allow\[(\d+)\]' '(.+)'$", output[end:], re.M
    )
    assert [change for _, _, change in found] == list(changes)
    assert [int(place) for _, place, _ in found] == list(range(len(changes)))
    for reason, _, change in found:
        assert changes[change] in reason


@pytest.mark.parametrize("operation", ["preview", "up"])
@pytest.mark.parametrize(
    ("sections", "changes"), [(HERE, SAID), (ELSEWHERE, SAID_ELSEWHERE)], ids=["here", "elsewhere"]
)
def test_what_costs_something_is_refused(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    operation: Operation,
    sections: dict[str, object],
    changes: Mapping[str, str],
) -> None:
    # Also then it goes on to deletions only if the program ends well.
    monkeypatch.setenv("PULUMI_CONTINUE_ON_ERROR", "true")
    state = with_records(PROD, {DECLARED: before().recorded})
    stack = prod(tmp_path, state, **sections)
    said_of(changes, refused(stack, operation))
    # Records of content wait for nothing; of what there is nothing has changed.
    left = resources(stack.state_text())
    was = {urn: (item.get("id"), item.get("modified")) for urn, item in resources(state).items()}
    assert {urn: (left[urn].get("id"), left[urn].get("modified")) for urn in was} == was


def test_what_is_meant_passes_and_nothing_else(tmp_path: Path) -> None:
    state = with_records(PROD, {DECLARED: before().recorded})
    # The engine itself refuses the rest of them: that data is protected.
    meant = [change for change in SAID if not change.startswith(("namespace", "claim backups"))]
    sections = {key: value for key, value in HERE.items() if key not in ("namespace", "backups")}
    plan = prod(tmp_path, state, **sections, upgrade={"allow": meant}).engine.plan()
    assert plan[DECLARED] == "update"
    assert plan[f"{FORAIL}$forail:edge:Namespaces$kubernetes:core/v1:Namespace::forail-namespace"] == "update"


@pytest.mark.parametrize("length", [50, 49], ids=["known", "yet to be generated"])
def test_another_encryption_key_is_refused(tmp_path: Path, length: int) -> None:
    state: Json = json.loads(with_records(PROD, {KEY: {"source": "generated", "mark": "00000000"}}))
    for item in state["checkpoint"]["latest"]["resources"]:
        item["protect"] = False
        if item["urn"].endswith("RandomPassword::forail-secret-key"):
            item["inputs"]["length"] = item["outputs"]["length"] = length
    stack = prod(tmp_path, json.dumps(state))
    said_of(
        {"secretKey generated 00000000 -> generated": "every stored credential is unreadable"},
        refused(stack, "preview"),
    )
