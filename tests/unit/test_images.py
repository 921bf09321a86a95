"""Images: what runs is what the outputs list, mirrored, pinned and pulled as told."""

from __future__ import annotations

import pytest

from components.settings.images import RELEASE, ImageName
from tests.unit.deployment import Deployment
from tests.unit.pods import pods
from tests.unit.stacks import DIGEST, EVERY, dev, every

any_stack = pytest.mark.parametrize("stack", list(EVERY))
ENVIRONMENTS = ("FORAIL_JOB_EXECUTION_ENVIRONMENT", "FORAIL_CONTROL_PLANE_EXECUTION_ENVIRONMENT")
MIRROR = "registry.example.com/mirror/"


def running(deployment: Deployment) -> dict[str, set[str]]:
    """Which images each pod runs."""
    return {label: {container.raw["image"] for container in pod.containers} for label, pod in pods(deployment).items()}


def environments(deployment: Deployment) -> set[str]:
    """The execution environments that the application is told to use."""
    return {
        container.env[name]
        for pod in pods(deployment).values()
        for container in pod.containers
        for name in ENVIRONMENTS
        if name in container.env
    }


@any_stack
def test_outputs_list_every_image_that_can_be_pulled_and_no_other(stack: str) -> None:
    deployment = every(stack)
    assert set(deployment.outputs["images"]) == set[str]().union(*running(deployment).values()) | environments(
        deployment
    )
    assert deployment.outputs["images"] == sorted(set(deployment.outputs["images"]))


def test_every_pod_of_the_application_knows_both_environments() -> None:
    for label in ("Deployment/forail-web", "Deployment/forail-task", "Job/forail-init"):
        containers = [item for item in pods(every("dev"))[label].containers if item.name != "database"]
        assert all(set(ENVIRONMENTS) <= set(container.env) for container in containers), label


def test_a_mirror_reaches_every_image() -> None:
    deployment = every("everything")
    for label, images in running(deployment).items():
        assert all(image.startswith(MIRROR) for image in images), f"{label} runs {images}"
    assert all(image.startswith(MIRROR) for image in environments(deployment))
    assert all(image.startswith(MIRROR) for image in deployment.outputs["images"])


def test_a_mirror_replaces_the_host_and_keeps_the_path() -> None:
    images = every("everything").outputs["images"]
    assert f"{MIRROR}ansible/awx-ee:24.6.1" in images
    assert f"{MIRROR}postgres:15.19-alpine3.24" in images
    assert f"{MIRROR}openpolicyagent/opa:0.58.0-rootless" in images


def test_a_digest_takes_the_place_of_the_tag() -> None:
    deployment = every("everything")
    image = f"{MIRROR}forail-platform/forail-backend@{DIGEST}"
    assert running(deployment)["Deployment/forail-web"] == {image}
    assert deployment.outputs["version"] == DIGEST
    # A digest cannot be a label value.
    assert "app.kubernetes.io/version" not in deployment.one("Deployment", "forail-web").inputs["metadata"]["labels"]


def test_no_image_moves() -> None:
    for image in every("dev").outputs["images"]:
        assert not image.endswith(":latest")
        assert ":" in image.rpartition("/")[2]


USED_BY = {
    ImageName.BACKEND: {
        "Deployment/forail-web",
        "Deployment/forail-task",
        "Job/forail-init",
        "CronJob/forail-backup",
        "CronJob/forail-restore",
        "CronJob/forail-backup-drill",
    },
    ImageName.FRONTEND: {"Deployment/forail-frontend"},
    ImageName.POSTGRES: {"StatefulSet/forail-postgres", "Job/forail-init", "CronJob/forail-backup-drill"},
    ImageName.REDIS: {"Deployment/forail-redis"},
    ImageName.OPA: {"Deployment/forail-opa"},
    ImageName.OTEL_COLLECTOR: {"Deployment/forail-otel-collector"},
    ImageName.EXECUTION_ENVIRONMENT: set[str](),
    ImageName.CONTROL_PLANE_EXECUTION_ENVIRONMENT: set[str](),
    ImageName.OPERATOR: {"Deployment/forail-operator"},
    ImageName.ASSISTANT: {"Deployment/forail-assistant"},
    ImageName.ASSISTANT_OLLAMA: {"Deployment/forail-assistant-ollama", "Job/forail-assistant-models"},
    ImageName.RCLONE: {"CronJob/forail-backup", "CronJob/forail-backup-drill"},
    ImageName.EDGE: {"Deployment/forail-edge"},
}


def test_each_image_setting_reaches_its_own_containers() -> None:
    settings = {
        name.value: {"repository": f"example.com/{name.value.lower()}", "tag": "1.2.3", "pullPolicy": "Always"}
        for name in USED_BY
    }
    copies = {"type": "webdav", "path": "forail", "options": {"url": "https://dav.example.com"}}
    backups = {"copies": copies, "drill": {}}
    exposure = {"via": "service"}
    deployment = dev().deploy(images=settings, assistant={"enabled": True}, backups=backups, exposure=exposure)
    found = running(deployment)
    for name, expected in USED_BY.items():
        image = f"example.com/{name.value.lower()}:1.2.3"
        assert {label for label, images in found.items() if image in images} == expected
        assert image in deployment.outputs["images"]
    policies = {container.raw["imagePullPolicy"] for pod in pods(deployment).values() for container in pod.containers}
    assert policies == {"Always"}, "a container has an image without a row in USED_BY"


def test_every_image_of_the_release_has_a_user() -> None:
    assert set(USED_BY) == set(RELEASE)


@any_stack
def test_every_pod_can_pull(stack: str) -> None:
    expected = 2 if stack == "everything" else 0
    for pod in pods(every(stack)).values():
        assert len(pod.spec.get("imagePullSecrets", [])) == expected, pod.label
