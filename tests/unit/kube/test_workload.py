"""Workloads: Deployment or StatefulSet, and a Service where there are ports."""

from __future__ import annotations

from dataclasses import replace

import pulumi
import pytest
from pulumi_kubernetes.core.v1 import ConfigMap, PersistentVolumeClaimArgs
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from components.kube.container import Container, ImageRef
from components.kube.pod import Pod
from components.kube.workload import Rollout, Workload, WorkloadArgs
from tests.unit.deployment import Deployment
from tests.unit.engine import run
from tests.unit.kube.rendered import SCOPE

POD = Pod(component="web", containers=(Container(name="one", image=ImageRef("image:1", "1")),))
ARGS = WorkloadArgs(scope=SCOPE, object_name="it", pod=POD, service_ports={"http": 80})


def made(args: WorkloadArgs) -> Deployment:
    """What comes of the workload, with its address as output."""
    return run(lambda: pulumi.export("address", Workload("it", args).address))


def test_a_deployment_and_its_service() -> None:
    deployment = made(ARGS)
    assert {item.label for item in deployment.objects} == {"Deployment/it", "Service/it"}
    service = deployment.one("Service", "it").inputs["spec"]
    assert service["ports"] == [{"name": "http", "port": 80, "targetPort": 80}]
    assert service["selector"] == deployment.one("Deployment", "it").inputs["spec"]["selector"]["matchLabels"]
    assert service["type"] == "ClusterIP"


def test_no_ports_no_service() -> None:
    deployment = made(replace(ARGS, service_ports={}))
    assert [item.label for item in deployment.objects] == ["Deployment/it"]
    assert deployment.outputs["address"] == "it"


def test_the_address_is_known_once_service_and_pods_are() -> None:
    def program() -> None:
        ConfigMap("reader", data={"address": Workload("it", ARGS).address})

    deployment = run(program)
    reader = deployment.one("ConfigMap", "reader")
    assert reader.inputs["data"] == {"address": "it"}
    assert deployment.depends_on(reader, deployment.one("Deployment", "it"))
    assert deployment.depends_on(reader, deployment.one("Service", "it"))


@pytest.mark.parametrize(
    ("rollout", "strategy"),
    [
        (Rollout.RECREATE, {"type": "Recreate"}),
        (Rollout.ROLLING, {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}),
    ],
)
def test_rollouts(rollout: Rollout, strategy: dict[str, object]) -> None:
    spec = made(replace(ARGS, rollout=rollout)).one("Deployment", "it").inputs["spec"]
    assert spec["strategy"] == strategy


def test_a_stateful_set_is_governed_by_its_own_service() -> None:
    spec = made(replace(ARGS, stateful=True)).one("StatefulSet", "it").inputs["spec"]
    assert spec["serviceName"] == "it"
    assert "volumeClaimTemplates" not in spec


def test_a_pod_that_never_becomes_ready_does_not_block_its_replacement() -> None:
    """In order, the controller waits for it before it looks at a reverted template, and so for ever."""
    spec = made(replace(ARGS, stateful=True)).one("StatefulSet", "it").inputs["spec"]
    assert spec["podManagementPolicy"] == "Parallel"


@pytest.mark.parametrize(
    ("rollout", "replacing"), [(Rollout.RECREATE, ["spec.template.spec.containers[0].image"]), (Rollout.ROLLING, [])]
)
def test_a_stateful_set_that_is_recreated_is_replaced_for_another_image(rollout: Rollout, replacing: list[str]) -> None:
    """Its own rollout goes pod by pod, so pods with the old and the new image would run side by side."""
    item = made(replace(ARGS, stateful=True, rollout=rollout)).one("StatefulSet", "it")
    assert list(item.request.replaceOnChanges) == replacing
    assert item.request.deleteBeforeReplace is bool(replacing)
    assert item.inputs["spec"]["template"]["spec"]["containers"][0]["image"] == ARGS.pod.containers[0].image.reference


def test_claim_templates_name_claims_and_their_changes_are_ignored() -> None:
    template = PersistentVolumeClaimArgs(metadata=ObjectMetaArgs(name="data"))
    deployment = made(replace(ARGS, stateful=True, claim_templates=(template,)))
    stateful = deployment.one("StatefulSet", "it")
    assert stateful.inputs["spec"]["volumeClaimTemplates"][0]["metadata"]["name"] == "data"
    assert list(stateful.request.ignoreChanges) == ["spec.volumeClaimTemplates"]


def test_the_version_labels_the_object_and_not_the_pods() -> None:
    item = made(ARGS).one("Deployment", "it").inputs
    assert item["metadata"]["labels"]["app.kubernetes.io/version"] == "1"
    assert "app.kubernetes.io/version" not in item["spec"]["template"]["metadata"]["labels"]


def test_pods_wait_for_what_must_be_complete_and_the_service_does_not() -> None:
    def program() -> None:
        first = Workload("first", replace(ARGS, object_name="first"))
        Workload("it", replace(ARGS, after=(first.controller,)))

    deployment = run(program)
    first = deployment.one("Deployment", "first")
    assert deployment.depends_on(deployment.one("Deployment", "it"), first)
    assert not deployment.depends_on(deployment.one("Service", "it"), first)
