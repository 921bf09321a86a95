"""task: one identity for each pod, privilege only where jobs run inside it."""

from __future__ import annotations

import pytest

from components.application.task import STOP_SECONDS, drain
from tests.unit.pods import Pod, pods
from tests.unit.stacks import alone, every


def task(stack: str) -> Pod:
    """The task pods of a stack."""
    (found,) = (pod for pod in pods(every(stack)).values() if pod.owner.name == "forail-task")
    return found


def test_one_pod_has_the_one_nodes_name() -> None:
    pod = task("alone")
    assert pod.owner.kind == "Deployment"
    assert pod.owner.inputs["spec"]["replicas"] == 1
    # Receptor takes its id from the host name.
    assert pod.spec["hostname"] == pod.env["FORAIL_NODE_NAME"] == "forail-node"
    assert pod.owner.inputs["spec"]["strategy"]["type"] == "Recreate", "two pods with one name run every job twice"


@pytest.mark.parametrize(("stack", "replicas"), [("prod", 2), ("everything", 3)])
def test_several_pods_have_their_own_names_and_claims(stack: str, replicas: int) -> None:
    pod = task(stack)
    assert pod.owner.kind == "StatefulSet"
    assert pod.owner.inputs["spec"]["replicas"] == replicas
    assert pod.env["FORAIL_NODE_NAME"] == "field:metadata.name"
    assert "hostname" not in pod.spec
    (template,) = pod.owner.inputs["spec"]["volumeClaimTemplates"]
    looked_for = {f"{template['metadata']['name']}-forail-task-{ordinal}" for ordinal in range(replicas)}
    claims = [item for item in every(stack).all("PersistentVolumeClaim") if "receptor" in item.name]
    assert {item.object_name for item in claims} == looked_for
    assert pod.container().mounts["/tmp/receptor"]["name"] == template["metadata"]["name"]
    spec = claims[0].inputs["spec"]
    assert spec["accessModes"] == template["spec"]["accessModes"]


def test_there_is_no_service() -> None:
    assert "forail-task" not in every("alone").names("Service")
    assert "ports" not in task("alone").container().raw


@pytest.mark.parametrize(("stack", "hybrid"), [("alone", True), ("elsewhere", False)])
def test_execution_decides_everything_together(stack: str, hybrid: bool) -> None:
    pod = task(stack)
    assert bool(pod.container().security.get("privileged")) is hybrid
    assert any("hostPath" in volume for volume in pod.spec["volumes"]) is hybrid
    assert ("/sys/fs/cgroup" in pod.container().mounts) is hybrid
    assert pod.env["FORAIL_NODE_TYPE"] == ("hybrid" if hybrid else "control")


def test_capacity_follows_from_the_limits() -> None:
    pod = task("alone")
    limits = pod.container().raw["resources"]["limits"]
    assert limits["memory"] == "4Gi", "2Gi was seen to be killed"
    assert (pod.env["SYSTEM_TASK_ABS_CPU"], pod.env["SYSTEM_TASK_ABS_MEM"]) == (limits["cpu"], limits["memory"])


def test_capacity_is_told_in_units_that_the_backend_reads() -> None:
    """It assumes one byte for 4.5Gi, and one core for 0.002k: no job would fit, or one where four should."""
    limits = {"memory": "4.5Gi", "cpu": "0.004k"}
    pod = pods(alone().deploy(task={"resources": {"limits": limits}}))["Deployment/forail-task"]
    assert pod.container().raw["resources"]["limits"] == limits
    assert (pod.env["SYSTEM_TASK_ABS_CPU"], pod.env["SYSTEM_TASK_ABS_MEM"]) == ("4", "4831838208")


def test_running_jobs_get_time_to_end() -> None:
    deployment = alone().deploy(task={"terminationGracePeriodSeconds": 600}, assistant={"enabled": True})
    assert pods(deployment)["Deployment/forail-task"].spec["terminationGracePeriodSeconds"] == 600
    assert task("alone").spec["terminationGracePeriodSeconds"] == 300


@pytest.mark.parametrize("stack", ["alone", "prod", "elsewhere"])
def test_jobs_are_waited_for_before_the_pod_is_told_to_end(stack: str) -> None:
    """In both executions: job pods are controlled from here, and fail with the dispatcher."""
    container = task(stack).container()
    assert container.raw["lifecycle"] == {
        "preStop": {"exec": {"command": ["bash", "/etc/forail/task/drain.sh", "270"]}}
    }
    assert container.raw["command"] == ["bash", "/etc/forail/task/start.sh"], "a drained node would stay disabled"
    # The scripts look for each other by these places.
    scripts = {"task/drain.sh", "task/start.sh", "task/sql.sh", "probes/task.sh"}
    assert {f"/etc/forail/{script}" for script in scripts} <= set(container.mounts)


@pytest.mark.parametrize("grace", [31, 60, 300, 86400])
def test_a_drain_leaves_the_pod_the_time_that_its_end_takes(grace: int) -> None:
    """A pause of 3 s, a last question of up to 10 s, 10 s for supervisor to stop the dispatcher (9 s measured)."""
    assert STOP_SECONDS >= 3 + 10 + 10
    assert 0 < int(drain(grace)[-1]) == grace - STOP_SECONDS


def test_a_grace_that_the_end_itself_takes_up_leaves_no_time_to_drain() -> None:
    for grace in (1, STOP_SECONDS):
        deployment = alone().deploy(task={"terminationGracePeriodSeconds": grace})
        assert "lifecycle" not in pods(deployment)["Deployment/forail-task"].container().raw


def test_the_drain_waits_as_long_as_its_margin_says() -> None:
    """The numbers of the scripts that the margin counts with."""
    files = every("alone").one("ConfigMap", "forail-task").inputs["data"]
    assert "poll=${DRAIN_POLL_SECONDS:-3}" in files["drain.sh"]
    assert "timeout 10 psql" in files["sql.sh"]
    # The server gives up before the client is ended, after at most as long to connect.
    assert "PGCONNECT_TIMEOUT=5" in files["sql.sh"]
    assert "statement_timeout=4000" in files["sql.sh"]


def test_receptors_socket_lies_where_its_configuration_and_its_probe_look() -> None:
    pod = task("alone")
    config = every("alone").one("ConfigMap", "forail-receptor").inputs["data"]["receptor.conf"]
    probe = every("alone").one("ConfigMap", "forail-task").inputs["data"]["task.sh"]
    folders = [path for path, mount in pod.container().mounts.items() if mount["name"] == "receptor-run"]
    assert folders == ["/var/run/awx-receptor"]
    assert f"{folders[0]}/receptor.sock" in config
    assert f"{folders[0]}/receptor.sock" in probe


def test_its_pods_prefer_different_nodes() -> None:
    assert "topologySpreadConstraints" in task("prod").spec
