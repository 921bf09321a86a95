"""What docs/operations.md tells to type names objects that exist, in an order that works."""

from __future__ import annotations

import re

import pytest

from components.api.kinds import Kind
from tests.unit.engine import ROOT
from tests.unit.pods import pods
from tests.unit.stacks import every

PAGE = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
KINDS = {"deploy": "Deployment", "statefulset": "StatefulSet", "cronjob": "CronJob"}


def test_every_workload_that_it_names_is_made() -> None:
    made = {item.label for stack in ("dev", "prod") for item in every(stack).objects}
    named = set(re.findall(rf"\b({'|'.join(KINDS)})/(forail-[a-z-]+)", PAGE))
    assert named
    assert not {f"{KINDS[kind]}/{name}" for kind, name in named} - made


def test_its_selectors_find_what_they_are_for() -> None:
    found = pods(every("dev"))
    components = {label: pod.labels["app.kubernetes.io/component"] for label, pod in found.items()}
    assert {label for label, component in components.items() if component in ("web", "task")} == {
        "Deployment/forail-web",
        "Deployment/forail-task",
    }
    jobs = {
        item.name
        for item in every("dev").all("Job")
        if item.inputs["metadata"]["labels"]["app.kubernetes.io/component"] == "init"
    }
    assert jobs == {"forail-init"}


@pytest.mark.parametrize(
    "step",
    [
        "scale deploy/forail-web deploy/forail-task --replicas=0",
        # restore.sh refuses while others are connected, and its Job has one try.
        "wait --for=delete pod -l 'app.kubernetes.io/component in (web,task)'",
        "create job restore --from=cronjob/forail-restore",
        # A dump may lack the token and the last migrations, and the Job's name tells nothing of the database.
        "delete job -l app.kubernetes.io/component=init",
        "pulumi refresh --yes && pulumi up",
    ],
)
def test_a_restore_has_its_steps_in_order(step: str) -> None:
    block = PAGE.partition("## Restore")[2].split("```")[1]
    steps = [line for line in block.splitlines() if line.startswith(("kubectl", "pulumi"))]
    order = ["scale", "--for=delete", "create job", "--for=condition=Complete", "component=init", "pulumi refresh"]
    assert [next(place for place, part in enumerate(order) if part in line) for line in steps] == list(range(6))
    assert any(step in line for line in steps)


def test_content_is_taken_out_while_no_operator_runs() -> None:
    block = PAGE.partition("## Rename content")[2].split("```")[1]
    steps = [line for line in block.splitlines() if line.startswith(("kubectl", "pulumi"))]
    order = [
        "scale deploy/forail-operator --replicas=0",
        "--for=delete",
        "finalizers",
        " delete organizations",
        "refresh",
    ]
    order += ["state delete", "pulumi up"]
    assert [next(place for place, part in enumerate(order) if part in line) for line in steps] == list(range(7))
    (pod,) = (pod for label, pod in pods(every("dev")).items() if label == "Deployment/forail-operator")
    assert pod.labels["app.kubernetes.io/component"] == "operator"
    assert f" {Kind.ORGANIZATION.crd_name} old " in steps[2]
    # Where the refusal sends people.
    assert '"Rename content"' in (ROOT / "components" / "content" / "apply" / "renames.py").read_text(encoding="utf-8")
