"""Resource options: what is protected, what is replaced how, what is waited for and for how long."""

from __future__ import annotations

from typing import Any

import pytest

from components.api.kinds import Kind
from tests.unit.deployment import Deployment, Registered
from tests.unit.stacks import EVERY, dev, every, prod

any_stack = pytest.mark.parametrize("stack", list(EVERY))

GUARDS_DATA = {
    "Namespace/forail-namespace",
    "PersistentVolumeClaim/forail-postgres",
    "PersistentVolumeClaim/forail-redis",
    "PersistentVolumeClaim/forail-projects",
    "PersistentVolumeClaim/forail-backups",
    "Secret/forail-secret-key",
    "Secret/forail-postgres-superuser-password",
    "RandomPassword/forail-secret-key",
    "RandomPassword/forail-postgres-superuser-password",
}
DEFINITIONS = {f"CustomResourceDefinition/forail-{kind.crd_name}" for kind in Kind}
TASKS = ("Deployment/forail-task", "StatefulSet/forail-task")
TIMES = {
    "Job/forail-init": "65m",
    "Job/forail-before-upgrade": "365m",
    "Job/forail-restore": "432m",
    "Job/forail-assistant-models": "65m",
    "Job/forail-verify": "20m",
    "Deployment/forail-web": "15m",
    "Deployment/forail-assistant": "20m",
    "Deployment/forail-assistant-ollama": "20m",
}


def own(deployment: Deployment) -> list[Registered]:
    """Everything but the content's resources, which have their own tests."""
    return [item for item in deployment.resources if "forail:content:" not in item.urn]


def protected(deployment: Deployment) -> set[str]:
    """Labels of what Pulumi refuses to delete or replace."""
    return {item.label for item in own(deployment) if item.request.protect}


def test_data_is_protected_unless_it_may_go() -> None:
    # Work units of several task pods are not among them: protection would refuse to scale down.
    assert protected(prod().deploy()) == GUARDS_DATA | DEFINITIONS
    assert protected(prod().deploy(destroyData=True)) == set()
    assert protected(dev().deploy()) == set()


def test_data_is_protected_by_default() -> None:
    assert protected(dev().deploy(destroyData=False)) == GUARDS_DATA | DEFINITIONS | {
        "PersistentVolumeClaim/forail-task-receptor"
    }


@any_stack
def test_only_what_needs_a_gap_is_deleted_first(stack: str) -> None:
    first = {item.label for item in own(every(stack)) if item.request.deleteBeforeReplace}
    several = {"StatefulSet/forail-task"} if stack in ("prod", "everything") else set[str]()
    restore = {"Job/forail-restore"} if stack in ("everything", "elsewhere") else set[str]()
    assert first == {"Job/forail-init"} | several | restore, (
        "two migrations, two restores, or nodes of two versions, break each other"
    )


@any_stack
def test_nothing_but_claim_templates_and_the_report_of_a_drill_is_ignored(stack: str) -> None:
    ignored = {item.label: list(item.request.ignoreChanges) for item in own(every(stack)) if item.request.ignoreChanges}
    stateful = {"StatefulSet/forail-task": ["spec.volumeClaimTemplates"]}
    report = {"ConfigMap/forail-backup-drill-report": ["data"]}
    assert ignored == {
        **(stateful if stack in ("prod", "everything") else {}),
        **(report if stack in ("prod", "everything", "elsewhere") else {}),
    }


@any_stack
def test_no_resource_has_an_option_that_hides_a_change(stack: str) -> None:
    for item in own(every(stack)):
        request = item.request
        hiding: dict[str, Any] = {
            # The SDK itself names former API versions of a kind; a former name or parent would be ours.
            "aliases": item.former_names,
            "retainOnDelete": request.retainOnDelete,
            "importId": request.importId,
            "hideDiffs": list(request.hideDiffs),
            "deletedWith": request.deletedWith,
        }
        assert not {name: value for name, value in hiding.items() if value}, item.urn


@any_stack
def test_nothing_but_several_task_pods_is_replaced_by_choice(stack: str) -> None:
    replaced = {item.label: list(item.request.replaceOnChanges) for item in own(every(stack))}
    several = {"StatefulSet/forail-task": ["spec.template.spec.containers[0].image"]}
    found = {label: paths for label, paths in replaced.items() if paths}
    assert found == (several if stack in ("prod", "everything") else {})


@any_stack
def test_workloads_get_the_time_they_need(stack: str) -> None:
    for item in every(stack).objects:
        if item.kind not in ("Deployment", "StatefulSet", "Job") or item.label in TASKS:
            continue
        times = item.request.customTimeouts
        assert times.create == times.update == TIMES.get(item.label, "10m"), item.label
        assert times.delete == ("" if item.kind == "Job" else times.create), item.label


@pytest.mark.parametrize("replicas", [1, 3])
def test_task_pods_may_take_their_grace_before_they_are_given_up(replicas: int) -> None:
    """The pods of a StatefulSet go one after the other."""
    for grace in (300, 7200):
        deployment = prod().deploy(task={"replicas": replicas, "terminationGracePeriodSeconds": grace})
        (task,) = (item for item in deployment.objects if item.label in TASKS)
        times = task.request.customTimeouts
        assert times.create == times.update == times.delete == f"{900 + replicas * grace}s"


@any_stack
def test_jobs_may_try_for_no_longer_than_they_are_waited_for(stack: str) -> None:
    for job in every(stack).all("Job"):
        minutes = int(job.request.customTimeouts.create.removesuffix("m"))
        deadline = job.inputs["spec"]["activeDeadlineSeconds"]
        assert deadline < minutes * 60, f"{job.label}: the provider must see the Job fail, not give up before it"
        assert deadline >= 1800 or job.name == "forail-verify", f"{job.label}: a slow node or line needs half an hour"


@any_stack
def test_services_and_claims_are_not_waited_for(stack: str) -> None:
    # A Service with a selector costs a flat ten seconds and proves nothing that its pods do not, but for an address.
    for item in every(stack).objects:
        addressed = item.inputs.get("spec", {}).get("type") == "LoadBalancer"
        if item.kind in ("Service", "PersistentVolumeClaim") and not addressed:
            assert item.inputs["metadata"]["annotations"]["pulumi.com/skipAwait"] == "true", item.label


@any_stack
def test_pods_and_jobs_are_waited_for(stack: str) -> None:
    for item in every(stack).objects:
        if item.kind in ("Deployment", "StatefulSet", "Job"):
            assert "pulumi.com/skipAwait" not in item.inputs["metadata"].get("annotations", {}), item.label


@any_stack
def test_a_failed_job_does_not_block_the_next_up(stack: str) -> None:
    for job in every(stack).all("Job"):
        assert job.inputs["metadata"]["annotations"]["pulumi.com/replaceUnready"] == "true", job.label
