"""The `kubernetes` stand-in waits for what the official plugin waits for, on a real control plane."""

from __future__ import annotations

import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from rehearsal.kubernetes.api import JSON_PATCH, Api
from rehearsal.providers.kubernetes.readiness import NotYet, Ready
from rehearsal.providers.kubernetes.services import ServiceWait
from tests.rehearsal.providers.plugin_client import DEPLOYMENT, JOB, InitFailed, PluginClient, connected
from tests.rehearsal.rehearsed import Cluster

# No node has this label: pods that ask for it are never scheduled.
NOWHERE = {"rehearsal.test/nowhere": "true"}
STATEFUL_SET = "kubernetes:apps/v1:StatefulSet"
CLAIM = "kubernetes:core/v1:PersistentVolumeClaim"
SERVICE = "kubernetes:core/v1:Service"
SLICE = "kubernetes:discovery.k8s.io/v1:EndpointSlice"
INGRESS = "kubernetes:networking.k8s.io/v1:Ingress"


def _pods(**spec: Any) -> dict[str, Any]:
    return {
        "metadata": {"labels": {"app": "web"}},
        "spec": {"containers": [{"name": "web", "image": "busybox"}], **spec},
    }


def _workload(namespace: str, *, annotations: Mapping[str, str] | None = None, **pod: Any) -> dict[str, Any]:
    return {
        "metadata": {"name": "web", "namespace": namespace, "annotations": dict(annotations or {})},
        "spec": {"replicas": 2, "selector": {"matchLabels": {"app": "web"}}, "template": _pods(**pod)},
    }


def _job(namespace: str, *, annotations: Mapping[str, str] | None = None, **pod: Any) -> dict[str, Any]:
    return {
        "metadata": {"name": "init", "namespace": namespace, "annotations": dict(annotations or {})},
        "spec": {"backoffLimit": 0, "template": _pods(restartPolicy="Never", **pod)},
    }


def test_a_deployment_is_created_when_all_its_replicas_are_available(kubernetes: PluginClient, namespace: str) -> None:
    made = kubernetes.create(DEPLOYMENT, "web", _workload(namespace))
    assert made.outputs["status"]["availableReplicas"] == 2


def test_an_update_is_over_when_the_new_pods_have_replaced_the_old(
    kubernetes: PluginClient, api: Api, namespace: str
) -> None:
    made = kubernetes.create(DEPLOYMENT, "web", _workload(namespace))
    inputs = _workload(namespace)
    inputs["spec"]["template"]["spec"]["containers"][0]["image"] = "busybox:2"
    status = kubernetes.update(made, inputs).outputs["status"]
    assert (status["updatedReplicas"], status["replicas"]) == (2, 2)
    sets = api.request("GET", f"/apis/apps/v1/namespaces/{namespace}/replicasets")["items"]
    assert sorted(entry["spec"]["replicas"] for entry in sets) == [0, 2]


def test_a_stateful_set_is_created_when_all_its_replicas_are_ready(kubernetes: PluginClient, namespace: str) -> None:
    inputs = _workload(namespace)
    inputs["spec"]["serviceName"] = "web"
    assert kubernetes.create(STATEFUL_SET, "web", inputs).outputs["status"]["readyReplicas"] == 2


def test_a_job_is_created_when_it_is_complete(kubernetes: PluginClient, namespace: str) -> None:
    made = kubernetes.create(JOB, "init", _job(namespace))
    assert made.outputs["status"]["succeeded"] == 1


def test_time_that_runs_out_leaves_the_object_in_the_state_and_the_next_update_resumes(
    kubernetes: PluginClient, namespace: str
) -> None:
    with pytest.raises(InitFailed, match=r"timed out.*0 of 2 replicas") as failed:
        kubernetes.create(DEPLOYMENT, "web", _workload(namespace, nodeSelector=NOWHERE), timeout=3)
    left = failed.value.resource
    assert left.identifier == f"{namespace}/web"
    assert left.outputs["metadata"]["uid"]
    assert any("is not scheduled" in reason for reason in failed.value.reasons)
    with pytest.raises(InitFailed, match="timed out"):
        kubernetes.update(left, _workload(namespace, nodeSelector=NOWHERE), timeout=0.5)
    resumed = kubernetes.update(left, _workload(namespace))
    assert resumed.outputs["status"]["availableReplicas"] == 2
    assert resumed.outputs["metadata"]["uid"] == left.outputs["metadata"]["uid"]


def test_a_refresh_of_an_object_that_is_not_ready_says_so(kubernetes: PluginClient, namespace: str) -> None:
    with pytest.raises(InitFailed) as failed:
        kubernetes.create(DEPLOYMENT, "web", _workload(namespace, nodeSelector=NOWHERE), timeout=0.2)
    with pytest.raises(InitFailed, match="replicas") as refreshed:
        kubernetes.refresh(failed.value.resource)
    assert refreshed.value.resource.identifier == f"{namespace}/web"


def test_a_failed_job_ends_the_wait_with_what_its_container_said(
    kubernetes: PluginClient, ports: Mapping[str, int], control_plane: Cluster, api: Api, namespace: str
) -> None:
    failures: list[InitFailed] = []

    def create() -> None:
        with connected(ports["kubernetes"]) as client:
            client.configure(kubeconfig=str(control_plane.kubeconfig))
            with pytest.raises(InitFailed) as failed:
                client.create(JOB, "init", _job(namespace, nodeSelector=NOWHERE))
            failures.append(failed.value)

    thread = threading.Thread(target=create)
    thread.start()
    _fail_the_pod(api, namespace, "init", "database is unreachable")
    thread.join()
    assert "the Job failed (BackoffLimitExceeded)" in failures[0].reasons[0]
    assert any("exit code 3" in reason and "database is unreachable" in reason for reason in failures[0].reasons)
    replaced = kubernetes.diff(failures[0].resource, _job(namespace, nodeSelector=NOWHERE))
    assert not replaced.replaces
    marked = _job(namespace, nodeSelector=NOWHERE, annotations={"pulumi.com/replaceUnready": "true"})
    assert kubernetes.diff(failures[0].resource, marked).replaces


def _fail_the_pod(api: Api, namespace: str, job: str, message: str) -> None:
    """Report, as a kubelet would, that the job's only pod ended badly."""
    path = f"/api/v1/namespaces/{namespace}/pods"
    query = {"labelSelector": f"job-name={job}"}
    pod = next(event[1] for event in api.watch(path, query, tick=60) if event is not None)
    ended = {"exitCode": 3, "reason": "Error", "message": message}
    container = {
        "name": "web",
        "image": "busybox",
        "imageID": "",
        "ready": False,
        "restartCount": 0,
        "state": {"terminated": ended},
    }
    operations = [
        {"op": "add", "path": "/status/phase", "value": "Failed"},
        {"op": "add", "path": "/status/containerStatuses", "value": [container]},
    ]
    name = pod["metadata"]["name"]
    api.request("PATCH", f"{path}/{name}/status", body=operations, content_type=JSON_PATCH)


def test_a_cancelled_operation_stops_waiting_and_keeps_the_object(
    ports: Mapping[str, int], control_plane: Cluster, api: Api, namespace: str
) -> None:
    outcome: list[InitFailed] = []
    with connected(ports["kubernetes"]) as client:
        client.configure(kubeconfig=str(control_plane.kubeconfig))

        def create() -> None:
            with pytest.raises(InitFailed) as failed:
                client.create(DEPLOYMENT, "web", _workload(namespace, nodeSelector=NOWHERE))
            outcome.append(failed.value)

        thread = threading.Thread(target=create)
        thread.start()
        path, query = f"/apis/apps/v1/namespaces/{namespace}/deployments", {"fieldSelector": "metadata.name=web"}
        assert next(event for event in api.watch(path, query, tick=60) if event is not None)[0] == "ADDED"
        client.cancel()
        thread.join()
    assert "cancelled" in outcome[0].reasons[0]
    assert outcome[0].resource.identifier == f"{namespace}/web"


def test_an_engine_that_dies_leaves_nobody_waiting(
    ports: Mapping[str, int], control_plane: Cluster, namespace: str
) -> None:
    with connected(ports["kubernetes"]) as client:
        client.configure(kubeconfig=str(control_plane.kubeconfig))
        inputs = client.check(DEPLOYMENT, "web", _workload(namespace, nodeSelector=NOWHERE))
        call = client.create_later(DEPLOYMENT, "web", inputs)
        _eventually(lambda: bool(_waiting_threads()))
        waiting = _waiting_threads()
        call.cancel()
    _eventually(lambda: not waiting & _waiting_threads())


def _eventually(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def _waiting_threads() -> set[int]:
    """The threads of this process that are inside a wait for readiness."""
    frames = sys._current_frames()  # pyright: ignore[reportPrivateUsage] - the only way to see them
    return {
        ident
        for ident, frame in frames.items()
        if any(entry.name == "until_ready" for entry in traceback.extract_stack(frame))
    }


def test_skip_await_does_not_wait(kubernetes: PluginClient, namespace: str) -> None:
    inputs = _workload(namespace, nodeSelector=NOWHERE, annotations={"pulumi.com/skipAwait": "true"})
    assert kubernetes.create(DEPLOYMENT, "web", inputs).identifier == f"{namespace}/web"


def test_wait_for_takes_the_place_of_the_kinds_own_wait(kubernetes: PluginClient, namespace: str) -> None:
    wait = '["condition=Progressing", "condition=Available=False"]'
    inputs = _workload(namespace, nodeSelector=NOWHERE, annotations={"pulumi.com/waitFor": wait})
    made = kubernetes.create(DEPLOYMENT, "web", inputs)
    assert "Available" in {entry["type"] for entry in made.outputs["status"]["conditions"]}


def test_the_annotation_limits_the_wait(kubernetes: PluginClient, namespace: str) -> None:
    wait = {"pulumi.com/waitFor": "condition=Imaginary", "pulumi.com/timeoutSeconds": "1"}
    with pytest.raises(InitFailed, match="condition Imaginary is not reported yet"):
        kubernetes.create(DEPLOYMENT, "web", _workload(namespace, annotations=wait))


def test_a_claim_of_a_late_binding_class_need_not_be_bound(kubernetes: PluginClient, api: Api, namespace: str) -> None:
    classes = api.request("GET", "/apis/storage.k8s.io/v1/storageclasses")["items"]
    late = next(entry for entry in classes if entry["volumeBindingMode"] == "WaitForFirstConsumer")
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    inputs = {
        "metadata": {"name": "data", "namespace": namespace},
        "spec": {**spec, "storageClassName": late["metadata"]["name"]},
    }
    assert kubernetes.create(CLAIM, "data", inputs).outputs["status"]["phase"] == "Pending"


def _service(namespace: str, **annotations: str) -> dict[str, Any]:
    return {
        "metadata": {"name": "web", "namespace": namespace, "annotations": annotations},
        "spec": {"selector": {"app": "web"}, "ports": [{"port": 80}]},
    }


def _ingress(namespace: str) -> dict[str, Any]:
    path = {"path": "/", "pathType": "Prefix", "backend": {"service": {"name": "web", "port": {"number": 80}}}}
    return {"metadata": {"name": "web", "namespace": namespace}, "spec": {"rules": [{"http": {"paths": [path]}}]}}


def test_an_ingress_waits_for_its_address_and_the_services_of_its_paths(
    kubernetes: PluginClient, namespace: str
) -> None:
    with pytest.raises(InitFailed, match=r"no endpoints for the Service web|no controller has published") as failed:
        kubernetes.create(INGRESS, "web", _ingress(namespace), timeout=0.5)
    kubernetes.create(SERVICE, "web", _service(namespace, **{"pulumi.com/skipAwait": "true"}))
    made = kubernetes.update(failed.value.resource, _ingress(namespace))
    assert made.outputs["status"]["loadBalancer"]["ingress"]


def test_a_service_waits_until_its_endpoints_have_settled(kubernetes: PluginClient, api: Api, namespace: str) -> None:
    with pytest.raises(InitFailed, match="its endpoints may still change"):
        kubernetes.create(SERVICE, "web", _service(namespace), timeout=0.2)
    service = api.request("GET", f"/api/v1/namespaces/{namespace}/services/web")
    wait = ServiceWait(api, settle_seconds=0)
    assert isinstance(wait.judge(service), Ready)
    kubernetes.create(SLICE, "by-hand", _endpoint_slice(namespace, ready=False))
    assert isinstance(wait.judge(service), NotYet)


def _endpoint_slice(namespace: str, *, ready: bool) -> dict[str, Any]:
    labels = {"kubernetes.io/service-name": "web"}
    return {
        "metadata": {"name": "by-hand", "namespace": namespace, "labels": labels},
        "addressType": "IPv4",
        "endpoints": [{"addresses": ["10.0.0.9"], "conditions": {"ready": ready}}],
        "ports": [{"port": 80}],
    }
