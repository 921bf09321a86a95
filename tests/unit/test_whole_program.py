"""What the two stack files of the repository, and two that use everything else, register."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.unit.deployment import Deployment, Registered
from tests.unit.engine import deploy, stack_file
from tests.unit.stacks import EVERY, dev, elsewhere, every, everything

GOLDEN = Path(__file__).parent / "golden"

COMMON = {
    "Namespace/namespaces-platform",
    "Namespace/namespaces-operator",
    "Secret/forail-admin-password",
    "Secret/forail-postgres-password",
    "Secret/forail-postgres-superuser-password",
    "Secret/forail-secret-key",
    "Secret/forail-broadcast-websocket-secret",
    "Secret/forail-redis-password",
    "Secret/forail-personal-access-token",
    "ConfigMap/forail-settings",
    "ConfigMap/forail-receptor",
    "ConfigMap/forail-redis",
    "ConfigMap/forail-otel",
    "ConfigMap/forail-init",
    "ConfigMap/forail-init-database",
    "ConfigMap/forail-backup",
    "ConfigMap/forail-web",
    "ConfigMap/forail-task",
    "PersistentVolumeClaim/forail-postgres",
    "PersistentVolumeClaim/forail-redis",
    "PersistentVolumeClaim/forail-projects",
    "PersistentVolumeClaim/forail-backups",
    "ServiceAccount/forail",
    "Role/forail-job-runner",
    "RoleBinding/forail-job-runner",
    "StatefulSet/forail-postgres",
    "Deployment/forail-redis",
    "Deployment/forail-opa",
    "Deployment/forail-otel-collector",
    "Deployment/forail-web",
    "Deployment/forail-frontend",
    "Service/forail-postgres",
    "Service/forail-redis",
    "Service/forail-opa",
    "Service/forail-otel-collector",
    "Service/forail-web",
    "Service/forail-frontend",
    "Job/forail-init",
    "CronJob/forail-backup",
    "CronJob/forail-restore",
    "Ingress/forail",
}
DEV = COMMON | {"Deployment/forail-task", "PersistentVolumeClaim/forail-receptor", "Secret/forail-tls"}
PROD = COMMON | {
    "StatefulSet/forail-task",
    "PersistentVolumeClaim/forail-receptor-forail-task-0",
    "PersistentVolumeClaim/forail-receptor-forail-task-1",
}
ASSISTANT = {
    "Deployment/forail-assistant",
    "Deployment/forail-assistant-ollama",
    "Service/forail-assistant",
    "Service/forail-assistant-ollama",
    "PersistentVolumeClaim/forail-assistant-data",
    "PersistentVolumeClaim/forail-assistant-ollama-models",
    "ConfigMap/forail-assistant-models",
    "Job/forail-assistant-models",
}
EVERYTHING = (
    PROD
    | ASSISTANT
    | {
        "PersistentVolumeClaim/forail-receptor-forail-task-2",
        "Secret/forail-assistant-chat-token",
        "Secret/forail-registry",
        "Secret/forail-tls",
        "Ingress/forail-assistant",
    }
)
IN_CLUSTER_DATABASE = {
    "ConfigMap/forail-init-database",
    "StatefulSet/forail-postgres",
    "Service/forail-postgres",
}
ELSEWHERE = (
    {
        *(label for label in COMMON if not label.startswith(("Namespace/", "Secret/", "PersistentVolumeClaim/"))),
        *ASSISTANT,
        "Deployment/forail-task",
        "Secret/forail-personal-access-token",
        "ConfigMap/forail-database-ca",
    }
    - IN_CLUSTER_DATABASE
    - {
        "Deployment/forail-opa",
        "Service/forail-opa",
        "Deployment/forail-otel-collector",
        "Service/forail-otel-collector",
        "ConfigMap/forail-otel",
    }
)
EXPECTED = {"dev": DEV, "prod": PROD, "everything": EVERYTHING, "elsewhere": ELSEWHERE}

any_stack = pytest.mark.parametrize("stack", list(EVERY))


@any_stack
def test_these_objects_and_no_others(stack: str) -> None:
    # The operator's own objects have their own tests.
    found = {item.label for item in every(stack).objects if "Operator" not in item.urn}
    assert found == EXPECTED[stack]


@any_stack
def test_every_resource_belongs_to_the_platform(stack: str) -> None:
    deployment = every(stack)
    root = deployment.one("Forail", "forail")
    for resource in deployment.resources:
        if resource is root or resource.type.startswith("pulumi:providers:"):
            continue
        above = resource
        while above is not root:
            above = deployment.parent(above)
            assert above.type.startswith("forail:"), f"{resource.urn} hangs outside of the platform"


@any_stack
def test_every_component_registers_its_outputs(stack: str) -> None:
    silent = [
        item.urn for item in every(stack).resources if not item.request.custom and item.registered_outputs is None
    ]
    assert not silent, "the engine takes a component that registers no outputs for unfinished"


@any_stack
def test_every_object_goes_to_the_one_explicit_cluster(stack: str) -> None:
    deployment = every(stack)
    providers = [item for item in deployment.resources if item.type.startswith("pulumi:providers:")]
    assert [provider.label for provider in providers] == ["kubernetes/kubernetes"]
    expected = f"{providers[0].urn}::id-kubernetes"
    for item in deployment.objects:
        assert item.request.provider == expected, (
            f"{item.label} goes to {item.request.provider or 'a default provider'}"
        )


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_stack_files_forbid_the_default_cluster(stack: str) -> None:
    assert stack_file(stack)["pulumi:disable-default-providers"] == ["kubernetes"]


def test_the_provider_is_identified_by_the_stack_and_not_by_a_kubeconfig() -> None:
    provider = every("dev").one("kubernetes", "kubernetes").inputs
    # Without an identifier a moved kubeconfig entry replaces every object.
    assert provider["clusterIdentifier"] == "forail/dev"
    assert every("prod").one("kubernetes", "kubernetes").inputs["clusterIdentifier"] == "forail/prod"
    assert "context" not in provider
    assert "kubeconfig" not in provider


def test_the_provider_uses_the_named_context() -> None:
    assert every("everything").one("kubernetes", "kubernetes").inputs["context"] == "production"


@any_stack
def test_every_object_is_in_a_namespace_of_the_stack(stack: str) -> None:
    deployment = every(stack)
    platform = "apps" if stack == "elsewhere" else "forail"
    for item in deployment.objects:
        if item.kind != "Namespace" and "Operator" not in item.urn:
            assert item.inputs["metadata"].get("namespace") == platform, f"{item.label} is in no namespace"


@any_stack
def test_every_object_says_what_it_is(stack: str) -> None:
    for item in every(stack).objects:
        labels = item.inputs["metadata"]["labels"]
        assert labels["app.kubernetes.io/part-of"] == "forail-platform", item.label
        assert labels["app.kubernetes.io/managed-by"] == "pulumi", item.label
        if item.kind != "Namespace":
            assert labels["app.kubernetes.io/component"], item.label
            assert {"app.kubernetes.io/name", "app.kubernetes.io/instance"} <= set(labels), item.label


def test_common_labels_and_annotations_reach_every_object_and_every_pod() -> None:
    deployment = every("everything")
    for item in deployment.objects:
        for metadata in _metadata(item.inputs):
            assert metadata["labels"]["team"] == "automation", item.label
            assert metadata["annotations"]["example.com/owner"] == "automation", item.label


def _metadata(inputs: dict[str, Any]) -> list[dict[str, Any]]:
    """Of the object, of the Jobs that a CronJob makes, and of the pods."""
    found = [inputs["metadata"]]
    for path in (("spec", "template"), ("spec", "jobTemplate"), ("spec", "jobTemplate", "spec", "template")):
        inner = inputs
        for key in path:
            inner = inner.get(key, {})
        if inner:
            found.append(inner["metadata"])
    return found


def test_common_labels_never_reach_a_selector() -> None:
    plain = {item.label: _selectors(item) for item in every("everything").objects}
    unmarked = everything().deploy(commonLabels={}, commonAnnotations={})
    assert {item.label: _selectors(item) for item in unmarked.objects} == plain


def _selectors(item: Registered) -> list[Any]:
    spec = item.inputs.get("spec", {})
    spread = spec.get("template", {}).get("spec", {}).get("topologySpreadConstraints", [])
    return [spec.get("selector"), *(constraint["labelSelector"] for constraint in spread)]


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_urns_stay(stack: str) -> None:
    """A URN that changes is a resource that is deleted and made anew, on every stack there is."""
    file = GOLDEN / f"urns.{stack}.txt"
    found = {item.urn for item in every(stack).resources if "$forail:operator:" not in item.urn}
    kept = set(file.read_text(encoding="utf-8").split())
    gone, new = sorted(kept - found), sorted(found - kept)
    assert not gone, f"renamed or moved: give the new resource an alias, then drop these from {file.name}: {gone}"
    assert not new, f"if these are meant, add them to {file.name}: {new}"


def test_the_same_stack_file_registers_the_same_inputs_twice() -> None:
    # A label of its own makes this another run of an equal program, not the kept one.
    first, second = (
        {item.urn: item.inputs for item in _run_of_dev(name).resources if item.is_object} for name in ("one", "two")
    )
    assert first == second


def _run_of_dev(context: str) -> Deployment:
    return dev().deploy(kubernetes={"context": context})


def test_adopted_namespaces_are_named_and_not_made() -> None:
    deployment = elsewhere().deploy()
    assert not deployment.all("Namespace")
    assert deployment.outputs["namespace"] == "apps"
    assert deployment.outputs["operatorNamespace"] == "apps-operator"


def test_a_local_host_name_warns_with_the_reason() -> None:
    messages = deploy({"exposure": {"host": "forail.local"}}).messages
    assert [(severity, "mDNS" in text) for severity, text in messages] == [("warning", True)]
    assert not every("dev").messages
