"""Containers: probes and the security context."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from components.kube.container import Container, ImageRef, Probe, Probes, Security
from components.kube.pod import Pod
from tests.unit.kube.rendered import pod_template

CONTAINER = Container(name="one", image=ImageRef("image:1", "1"))


def rendered(container: Container) -> dict[str, Any]:
    """The container as the engine sees it."""
    return pod_template(Pod(component="web", containers=(container,)))["spec"]["containers"][0]


def test_a_container_that_asks_for_nothing_may_do_nothing() -> None:
    assert rendered(CONTAINER) == {
        "name": "one",
        "image": "image:1",
        "imagePullPolicy": "IfNotPresent",
        "resources": {},
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
        "terminationMessagePolicy": "FallbackToLogsOnError",
    }


@pytest.mark.parametrize(
    ("security", "expected"),
    [
        pytest.param(
            Security(capabilities=("CHOWN",)),
            {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"], "add": ["CHOWN"]}},
            id="a capability",
        ),
        pytest.param(
            Security(user=1000, group=1001, read_only_root=True),
            {
                "allowPrivilegeEscalation": False,
                "capabilities": {"drop": ["ALL"]},
                "runAsUser": 1000,
                "runAsGroup": 1001,
                "runAsNonRoot": True,
                "readOnlyRootFilesystem": True,
            },
            id="a user",
        ),
        # The API server refuses a privileged container that must not gain privileges.
        pytest.param(Security(privileged=True), {"privileged": True}, id="everything"),
    ],
)
def test_security_contexts(security: Security, expected: dict[str, Any]) -> None:
    assert rendered(replace(CONTAINER, security=security))["securityContext"] == expected


@pytest.mark.parametrize(
    ("probe", "action"),
    [
        (Probe(command=("true",)), {"exec": {"command": ["true"]}}),
        (Probe(path="/health", port=80), {"httpGet": {"path": "/health", "port": 80}}),
    ],
    ids=["command", "http"],
)
def test_a_probe_has_one_action(probe: Probe, action: dict[str, Any]) -> None:
    found = rendered(replace(CONTAINER, probes=Probes.same(probe)))["livenessProbe"]
    numbers = {"periodSeconds": 10, "timeoutSeconds": 5, "failureThreshold": 6}
    assert found == {**action, **numbers}


def test_readiness_and_liveness_may_ask_different_questions() -> None:
    probes = Probes.of(Probe(command=("ready",)), Probe(command=("live",)), startup_failures=100)
    assert (probes.startup.command, probes.readiness.command, probes.liveness.command) == (
        ("ready",),
        ("ready",),
        ("live",),
    )
    assert (probes.startup.period, probes.startup.failures) == (2, 100)


def test_empty_sides_of_resources_are_left_out() -> None:
    assert rendered(replace(CONTAINER, resources={"requests": {"cpu": "1"}, "limits": {}}))["resources"] == {
        "requests": {"cpu": "1"}
    }


def test_a_command_before_the_end() -> None:
    found = rendered(replace(CONTAINER, pre_stop=("bash", "drain.sh", "5")))["lifecycle"]
    assert found == {"preStop": {"exec": {"command": ["bash", "drain.sh", "5"]}}}
