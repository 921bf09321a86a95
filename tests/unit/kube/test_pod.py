"""Pod templates: safe unless asked, placed as told, together or apart."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from pulumi_kubernetes.core.v1 import TolerationArgs

from components.kube.container import Container, ImageRef
from components.kube.environment import Env
from components.kube.mounts import PreparedMount, ScratchMount
from components.kube.pod import Pod, PodOptions
from tests.unit.kube.rendered import SCOPE, pod_template

CONTAINER = Container(name="one", image=ImageRef("image:1", "1"))
POD = Pod(component="web", containers=(CONTAINER,))


def test_a_pod_that_asks_for_nothing_gets_nothing() -> None:
    spec = pod_template(POD)["spec"]
    assert set(spec) == {"automountServiceAccountToken", "containers", "enableServiceLinks", "securityContext"}
    assert spec["automountServiceAccountToken"] is False
    assert spec["enableServiceLinks"] is False
    assert spec["securityContext"] == {"seccompProfile": {"type": "RuntimeDefault"}}


def test_what_prepares_a_mount_runs_first_and_once() -> None:
    maker = Container(name="maker", image=ImageRef("maker:1", "1"), mounts=(ScratchMount("made", "/made"),))
    reader = replace(CONTAINER, mounts=(PreparedMount("made", "/made", maker),))
    pod = replace(
        POD, containers=(reader, replace(reader, name="two")), init_containers=(replace(reader, name="first"),)
    )
    spec = pod_template(pod)["spec"]
    assert [container["name"] for container in spec["initContainers"]] == ["maker", "first"]
    assert spec["volumes"] == [{"name": "made", "emptyDir": {}}]
    # A Job runs again when it changes.
    assert [step.name for step in pod.steps] == ["maker", "first", "one", "two"]


@pytest.mark.parametrize(
    ("pod", "expected"),
    [
        pytest.param(
            replace(POD, service_account="robot"),
            {"serviceAccountName": "robot", "automountServiceAccountToken": True},
            id="account",
        ),
        pytest.param(replace(POD, hostname="node"), {"hostname": "node"}, id="host name"),
        pytest.param(replace(POD, grace_seconds=7), {"terminationGracePeriodSeconds": 7}, id="grace"),
        pytest.param(replace(POD, restart_policy="Never"), {"restartPolicy": "Never"}, id="restart policy"),
        pytest.param(
            replace(
                POD,
                options=PodOptions(
                    node_selector={"a": "b"},
                    tolerations=(TolerationArgs(key="k", operator="Exists"),),
                    priority_class="high",
                ),
            ),
            {
                "nodeSelector": {"a": "b"},
                "tolerations": [{"key": "k", "operator": "Exists"}],
                "priorityClassName": "high",
            },
            id="placement",
        ),
    ],
)
def test_a_pod_gets_what_it_asks_for(pod: Pod, expected: dict[str, Any]) -> None:
    assert expected.items() <= pod_template(pod)["spec"].items()


def test_a_group_owns_claims_without_touching_every_file_at_each_start() -> None:
    context = pod_template(replace(POD, file_group=1000))["spec"]["securityContext"]
    assert (context["fsGroup"], context["fsGroupChangePolicy"]) == (1000, "OnRootMismatch")


def test_pods_on_one_node_carry_the_label_that_they_follow() -> None:
    template = pod_template(replace(POD, same_node="example.com/together"))
    (term,) = template["spec"]["affinity"]["podAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    assert term["labelSelector"]["matchLabels"] == {"example.com/together": "true"}
    assert template["metadata"]["labels"]["example.com/together"] == "true"


@pytest.mark.parametrize(("same_node", "spread"), [(None, True), ("example.com/together", False)])
def test_pods_spread_unless_they_must_be_together(same_node: str | None, spread: bool) -> None:
    spec = pod_template(replace(POD, spread=True, same_node=same_node))["spec"]
    assert ("topologySpreadConstraints" in spec) is spread


def test_spreading_is_a_wish() -> None:
    (constraint,) = pod_template(replace(POD, spread=True))["spec"]["topologySpreadConstraints"]
    assert constraint["whenUnsatisfiable"] == "ScheduleAnyway"
    assert constraint["labelSelector"]["matchLabels"] == SCOPE.selector("web")


def test_volumes_of_all_containers_are_the_pods() -> None:
    first = replace(CONTAINER, name="first", mounts=(ScratchMount("a", "/a"),))
    main = replace(CONTAINER, mounts=(ScratchMount("a", "/a"), ScratchMount("b", "/b")))
    spec = pod_template(replace(POD, init_containers=(first,), containers=(main,)))["spec"]
    assert [volume["name"] for volume in spec["volumes"]] == ["a", "b"]
    assert [container["name"] for container in spec["initContainers"]] == ["first"]


def test_a_sidecar_starts_after_the_init_containers_and_runs_beside_the_rest() -> None:
    first = replace(CONTAINER, name="first")
    beside = replace(CONTAINER, name="beside", mounts=(ScratchMount("a", "/a"),))
    options = PodOptions(env=(Env("EXTRA", "1"),))
    spec = pod_template(replace(POD, init_containers=(first,), sidecars=(beside,), options=options))["spec"]
    found = [(container["name"], container.get("restartPolicy")) for container in spec["initContainers"]]
    # Only with this policy is it a sidecar: without it the others would wait for its end.
    assert found == [("first", None), ("beside", "Always")]
    assert [container["name"] for container in spec["containers"]] == ["one"]
    assert spec["initContainers"][1]["env"] == [{"name": "EXTRA", "value": "1"}]
    assert [volume["name"] for volume in spec["volumes"]] == ["a"]


def test_pull_secrets_and_annotations_of_the_scope_reach_the_pod() -> None:
    scope = replace(SCOPE, pull_secrets=("one", "two"), annotations={"a": "b"})
    template = pod_template(POD, scope)
    assert template["spec"]["imagePullSecrets"] == [{"name": "one"}, {"name": "two"}]
    assert template["metadata"]["annotations"] == {"a": "b"}
