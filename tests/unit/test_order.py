"""Who waits for whom: over recorded dependencies, direct or through others."""

from __future__ import annotations

import pytest

from tests.unit.deployment import Deployment, Registered
from tests.unit.stacks import EVERY, every, everything

NAMESPACE = "Namespace/forail-namespace"
SUPERUSER = "Secret/forail-postgres-superuser-password"
INIT = "Job/forail-init"

WAITS = [
    ("Secret/forail-admin-password", NAMESPACE),
    ("PersistentVolumeClaim/forail-postgres", NAMESPACE),
    ("StatefulSet/forail-postgres", SUPERUSER),
    ("StatefulSet/forail-postgres", "PersistentVolumeClaim/forail-postgres"),
    ("Deployment/forail-redis", "Secret/forail-redis-password"),
    ("Deployment/forail-redis", "PersistentVolumeClaim/forail-redis"),
    ("Deployment/forail-redis", "ConfigMap/forail-redis"),
    (INIT, "StatefulSet/forail-postgres"),
    (INIT, "Service/forail-postgres"),
    (INIT, "Deployment/forail-redis"),
    (INIT, "Service/forail-redis"),
    (INIT, "Secret/forail-personal-access-token"),
    ("Deployment/forail-web", INIT),
    ("Deployment/forail-web", "PersistentVolumeClaim/forail-projects"),
    ("Deployment/forail-web", "PersistentVolumeClaim/forail-backups"),
    ("Deployment/forail-task", INIT),
    ("Deployment/forail-task", "RoleBinding/forail-job-runner"),
    ("Deployment/forail-task", "Role/forail-job-runner"),
    ("Deployment/forail-task", "ServiceAccount/forail"),
    ("Deployment/forail-task", "PersistentVolumeClaim/forail-task-receptor"),
    ("CronJob/forail-backup", "PersistentVolumeClaim/forail-backups"),
    ("Ingress/forail", "Deployment/forail-web"),
    ("Ingress/forail", "Service/forail-web"),
    ("Ingress/forail", "Deployment/forail-frontend"),
    ("Ingress/forail", "Secret/forail-tls"),
]


def labelled(deployment: Deployment, label: str) -> Registered:
    """The object with that kind and name."""
    return deployment.one(*label.split("/"))


def waited_for(deployment: Deployment, label: str) -> set[str]:
    """Labels of the objects that it waits for."""
    urns = deployment.ancestors(labelled(deployment, label))
    return {item.label for item in deployment.objects if item.urn in urns}


@pytest.mark.parametrize(("dependent", "dependency"), WAITS, ids=lambda label: str(label))
def test_waits(dependent: str, dependency: str) -> None:
    deployment = every("dev")
    assert deployment.depends_on(labelled(deployment, dependent), labelled(deployment, dependency))


@pytest.mark.parametrize(
    ("label", "dependencies"),
    [
        pytest.param("Deployment/forail-frontend", {NAMESPACE}, id="frontend"),
        pytest.param("Deployment/forail-opa", {NAMESPACE}, id="opa"),
        pytest.param(
            "Deployment/forail-otel-collector", {NAMESPACE, "ConfigMap/forail-otel-collector"}, id="collector"
        ),
        pytest.param(
            "StatefulSet/forail-postgres",
            {NAMESPACE, SUPERUSER, "PersistentVolumeClaim/forail-postgres"},
            id="postgres",
        ),
        pytest.param(
            "Deployment/forail-redis",
            {
                NAMESPACE,
                "Secret/forail-redis-password",
                "PersistentVolumeClaim/forail-redis",
                "ConfigMap/forail-redis",
            },
            id="redis",
        ),
        pytest.param("Service/forail-web", {NAMESPACE}, id="a Service before its pods"),
    ],
)
def test_nothing_waits_needlessly(label: str, dependencies: set[str]) -> None:
    assert waited_for(every("dev"), label) == dependencies


@pytest.mark.parametrize("label", ["Deployment/forail-web", "Deployment/forail-task"])
def test_web_and_task_do_not_wait_for_what_they_only_talk_to_later(label: str) -> None:
    talks_to = {
        "Deployment/forail-frontend",
        "Deployment/forail-opa",
        "Deployment/forail-otel-collector",
        "CronJob/forail-backup",
        "Ingress/forail",
        "Deployment/forail-web",
        "Deployment/forail-task",
    }
    assert not waited_for(every("dev"), label) & talks_to


@pytest.mark.parametrize("stack", list(EVERY))
def test_every_object_waits_for_the_namespace_that_the_stack_makes(stack: str) -> None:
    deployment = every(stack)
    for namespace in deployment.all("Namespace"):
        for item in deployment.objects:
            if item.inputs["metadata"].get("namespace") == namespace.object_name:
                assert deployment.depends_on(item, namespace), f"{item.label} may come before its namespace"


@pytest.mark.parametrize("stack", list(EVERY))
def test_only_order_comes_from_a_job(stack: str) -> None:
    """The old Job is deleted first: a property made from it could replace who has the property, too."""
    deployment = every(stack)
    jobs = {job.urn for job in deployment.all("Job")}
    for item in deployment.resources:
        for name, wires in item.request.propertyDependencies.items():
            assert not jobs & set(wires.urns), f"{item.label}.{name} is made from a Job"


def test_each_task_pod_finds_its_own_claim_made() -> None:
    claims = {f"PersistentVolumeClaim/forail-task-receptor-{ordinal}" for ordinal in range(3)}
    assert claims <= waited_for(every("everything"), "StatefulSet/forail-task")


def test_the_assistant_waits_for_its_models_and_nothing_waits_for_the_assistant() -> None:
    deployment = every("everything")
    assert deployment.depends_on(
        labelled(deployment, "Deployment/forail-assistant"), labelled(deployment, "Job/forail-assistant-models")
    )
    assert deployment.depends_on(
        labelled(deployment, "Job/forail-assistant-models"), labelled(deployment, "Deployment/forail-assistant-ollama")
    )
    assert deployment.depends_on(
        labelled(deployment, "Ingress/forail-assistant"), labelled(deployment, "Deployment/forail-assistant")
    )
    assert not {label for label in waited_for(deployment, "Ingress/forail") if "assistant" in label}
    assert INIT not in waited_for(deployment, "Deployment/forail-assistant")


def test_pods_wait_for_the_pull_secret_that_the_stack_makes() -> None:
    deployment = everything().deploy()
    secret = labelled(deployment, "Secret/forail-registry")
    for item in deployment.objects:
        if item.kind in ("Deployment", "StatefulSet", "Job", "CronJob") and item.name != "forail-operator":
            assert deployment.depends_on(item, secret), item.label
