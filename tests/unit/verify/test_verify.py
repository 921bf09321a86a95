"""The Job that verifies the platform: what it is told, what it waits for, and what makes it run again."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from components.kube.files import FOLDER
from components.settings.trust import STORE_VARIABLES
from tests.unit.deployment import Deployment
from tests.unit.pods import Pod, pods
from tests.unit.stacks import EVERY, alone, every, prod
from tests.unit.values import plain

LABEL = "Job/forail-verify"
ON = {"verify": {"enabled": True}}
RWX = {"accessMode": "ReadWriteMany"}


def job_name(deployment: Deployment) -> str:
    """The Job's name."""
    return deployment.one("Job", "forail-verify").object_name


def pod(deployment: Deployment) -> Pod:
    """The Job's pod."""
    return pods(deployment)[LABEL]


@pytest.mark.parametrize("stack", list(EVERY))
def test_it_is_there_where_it_is_asked_for(stack: str) -> None:
    assert (LABEL in pods(every(stack))) is (stack in ("prod", "everything"))
    assert re.fullmatch(r"forail-verify-[0-9a-f]{8}", job_name(every("prod")))


def test_it_mounts_its_whole_program_beside_each_other() -> None:
    container = pod(every("prod")).container()
    command = container.raw["command"]
    assert command[:3] == ["python3", "/etc/forail/verify", "--environment"]
    assert set(container.mounts) == {f"{command[1]}/{path.name}" for path in (FOLDER / "verify").glob("*.py")}


def test_it_knows_two_secrets_and_nothing_of_the_database() -> None:
    env = pod(every("everything")).env
    secrets = {name: value for name, value in env.items() if value.startswith("secret:")}
    assert set(secrets) == {"VERIFY_ADMIN_PASSWORD", "VERIFY_TOKEN"}
    init = pods(every("everything"))["Job/forail-init"].container("bootstrap").env
    assert secrets["VERIFY_ADMIN_PASSWORD"] == init["FORAIL_ADMIN_PASSWORD"]
    assert secrets["VERIFY_TOKEN"] == init["FORAIL_PAT"]
    assert not [name for name in env if not name.startswith("VERIFY_") and name not in STORE_VARIABLES]


def test_a_password_that_people_may_change_is_not_its_to_sign_in_with() -> None:
    deployment = alone().deploy(**ON, forail={"admin": {"passwordPolicy": "initial"}})
    assert "VERIFY_ADMIN_PASSWORD" not in pod(deployment).env
    assert "VERIFY_TOKEN" in pod(deployment).env


def test_it_goes_where_the_ingress_goes() -> None:
    (rule,) = every("prod").one("Ingress", "forail").inputs["spec"]["rules"]
    ports = {item["path"]: item["backend"]["service"] for item in rule["http"]["paths"]}
    found = json.loads(pod(every("prod")).env["VERIFY_ROUTES"])
    assert found == {path: f"http://{to['name']}:{to['port']['number']}" for path, to in ports.items()}
    assert pod(every("prod")).env["VERIFY_ORIGIN"] == f"https://{rule['host']}"


@pytest.mark.parametrize(
    ("stack", "nodes", "execution"),
    [
        ("alone", "forail-node", "hybrid"),
        ("prod", "forail-task-0,forail-task-1", "hybrid"),
        ("everything", "forail-task-0,forail-task-1,forail-task-2", "hybrid"),
        ("elsewhere", "forail-node", "control"),
    ],
)
def test_it_expects_the_nodes_that_the_task_pods_become(stack: str, nodes: str, execution: str) -> None:
    env = pod(EVERY[stack]().deploy(**ON) if stack != "everything" else every(stack)).env
    assert (env["VERIFY_NODES"], env["VERIFY_EXECUTION"]) == (nodes, execution)
    (task,) = (found for found in pods(every(stack)).values() if found.owner.name == "forail-task")
    if task.owner.kind == "StatefulSet":
        pod_names = [f"{task.owner.object_name}-{ordinal}" for ordinal in range(task.owner.inputs["spec"]["replicas"])]
        assert nodes.split(",") == pod_names
    else:
        assert nodes == task.env["FORAIL_NODE_NAME"]


def parts(deployment: Deployment) -> dict[str, str]:
    """What it is told of the parts that may be off."""
    env = pod(deployment).env
    return {name: env[f"VERIFY_{name}"] for name in ("OPA", "COLLECTOR", "ASSISTANT", "OPERATOR")}


def test_it_knows_which_parts_are_off() -> None:
    assert parts(every("everything")) == {
        "OPA": "http://forail-opa:8181",
        "COLLECTOR": "http://forail-otel-collector:4317",
        "ASSISTANT": "http://forail-assistant:8100",
        "OPERATOR": "canary",
    }
    off: dict[str, Any] = {"opa": {"enabled": False}, "otelCollector": {"enabled": False}}
    assert set(parts(alone().deploy(**ON, **off)).values()) == {""}
    external = EVERY["elsewhere"]().deploy(verify={"enabled": True}, assistant={})
    assert parts(external) == {
        "OPA": "",
        "COLLECTOR": "http://collector.observability:4317",
        "ASSISTANT": "",
        "OPERATOR": "silent",
    }


@pytest.mark.parametrize("stack", ["prod", "everything"])
def test_it_comes_after_everything_but_the_content(stack: str) -> None:
    deployment = every(stack)
    before = deployment.ancestors(deployment.one("Job", "forail-verify"))
    # A platform works without being watched.
    apart = ("content:Content", "monitoring:Monitoring")
    others = [item for item in deployment.objects if not any(part in item.urn for part in apart)]
    later = {item.label for item in others if item.urn not in before}
    # Fleet members' Secrets and ForailInstances are content.
    assert later == {LABEL} | {label for label in later if "-fleet-" in label}
    for item in deployment.resources:
        assert deployment.one("Job", "forail-verify").urn not in item.dependencies, f"{item.label} waits for a proof"


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"images": {"backend": {"tag": "2026.07.2"}}}, id="backend image"),
        pytest.param({"images": {"frontend": {"tag": "2026.07.2"}}}, id="frontend image"),
        pytest.param({"images": {"opa": {"tag": "0.58.1-rootless"}}}, id="OPA image"),
        pytest.param({"images": {"otelCollector": {"tag": "0.160.0"}}}, id="collector image"),
        pytest.param({"exposure": {"host": "other.example.com"}}, id="host"),
        pytest.param({"web": {"replicas": 2, "extraEnv": {"HTTPS_PROXY": "http://proxy"}}}, id="variable of web"),
        pytest.param({"task": {"replicas": 3}}, id="task pods"),
        pytest.param({"rotation": {"redisPassword": 2}}, id="secret that only others read"),
        pytest.param({"rotation": {"personalAccessToken": 2}}, id="token"),
        pytest.param({"content": {"canary": False}}, id="canary"),
    ],
)
def test_it_runs_again_when_what_it_verifies_changes(changes: dict[str, Any]) -> None:
    assert job_name(prod().deploy(**changes)) != job_name(every("prod"))


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"backups": {"schedule": "@daily", "retentionDays": 30, "storage": RWX}}, id="backups"),
        pytest.param({"commonLabels": {"team": "automation"}}, id="labels"),
        pytest.param({"frontend": {"replicas": 3}}, id="replicas of the frontend"),
    ],
)
def test_it_does_not_for_anything_else(changes: dict[str, Any]) -> None:
    assert job_name(prod().deploy(**changes)) == job_name(every("prod"))


def test_its_time_is_the_stack_files() -> None:
    deployment = alone().deploy(verify={"enabled": True, "timeoutSeconds": 900})
    assert pod(deployment).container().raw["command"][-2:] == ["--timeout", "900"]
    assert deployment.one("Job", "forail-verify").inputs["spec"]["activeDeadlineSeconds"] == 1500


def test_the_outputs_are_the_same_with_it() -> None:
    assert plain(alone().deploy(**ON).outputs) == every("alone").outputs
