"""The simulated kubelet and a pod that runs a job: its preStop command and its grace period decide when it ends."""

from collections.abc import Generator
from typing import Any

import pytest

from rehearsal.kubernetes.objects import at
from tests.rehearsal.rehearsed import Cluster, eventually
from tests.rehearsal.rollout import JOB, MERGE_PATCH

PODS = "/api/v1/namespaces/default/pods"
EVENTS = "/api/v1/namespaces/default/events"
DRAIN = {"preStop": {"exec": {"command": ["drain"]}}}


@pytest.fixture
def pods(control_plane: Cluster) -> Generator[list[str]]:
    """Names of pods that are removed afterwards."""
    names: list[str] = []
    yield names
    for name in names:
        if control_plane.api.get(f"{PODS}/{name}"):
            control_plane.api.request("DELETE", f"{PODS}/{name}", params={"gracePeriodSeconds": "0"})


def run(cluster: Cluster, pods: list[str], name: str, lifecycle: dict[str, Any], job: str = "42") -> str:
    pods.append(name)
    container = {"name": "task", "image": "registry.example/task:1", "lifecycle": lifecycle}
    cluster.api.create(
        PODS, {"metadata": {"name": name, "annotations": {JOB: job}}, "spec": {"containers": [container]}}
    )
    eventually("a running pod", lambda: phase(cluster, name) == "Running")
    return f"{PODS}/{name}"


def end_job(cluster: Cluster, path: str) -> None:
    cluster.api.request("PATCH", path, body={"metadata": {"annotations": {JOB: None}}}, content_type=MERGE_PATCH)


def phase(cluster: Cluster, name: str) -> object:
    return at(cluster.api.get(f"{PODS}/{name}"), "status", "phase")


def test_a_job_holds_a_pod_whose_container_drains_and_no_other(control_plane: Cluster, pods: list[str]) -> None:
    held = run(control_plane, pods, "drains", DRAIN)
    other = run(control_plane, pods, "drains-not", {"postStart": {"exec": {"command": ["start"]}}})
    idle = run(control_plane, pods, "drains-idle", DRAIN)
    end_job(control_plane, idle)
    for path in (held, other, idle):
        control_plane.api.delete(path)
    for path in (other, idle):
        eventually("the end of a pod that nothing holds", lambda path=path: control_plane.api.get(path) is None)
    assert phase(control_plane, "drains") == "Running"
    end_job(control_plane, held)
    eventually("the end of the pod after its job", lambda: control_plane.api.get(held) is None)


def test_the_grace_period_ends_a_pod_whose_job_never_does(control_plane: Cluster, pods: list[str]) -> None:
    held = run(control_plane, pods, "endless", DRAIN)
    control_plane.api.request("DELETE", held, params={"gracePeriodSeconds": "1"})
    eventually("the end of the grace", lambda: control_plane.api.get(held) is None)
    said = [event for event in control_plane.api.items(EVENTS) if event["involvedObject"]["name"] == "endless"]
    assert "ExceededGracePeriod" in {event["reason"] for event in said}
