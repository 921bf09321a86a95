"""The five claims: sizes, modes, and pods that must share a node."""

from __future__ import annotations

import pytest

from tests.unit.deployment import Deployment
from tests.unit.pods import pods
from tests.unit.stacks import every

CLAIMS = {
    "forail-postgres": ("8Gi", "ReadWriteOnce"),
    "forail-redis": ("2Gi", "ReadWriteOnce"),
    "forail-projects": ("4Gi", "ReadWriteOnce"),
    "forail-receptor": ("2Gi", "ReadWriteOnce"),
    "forail-backups": ("10Gi", "ReadWriteOnce"),
}
PATHS = {
    ("StatefulSet/forail-postgres", "forail-postgres"): "/var/lib/postgresql/data",
    ("Deployment/forail-redis", "forail-redis"): "/data",
    ("Deployment/forail-web", "forail-projects"): "/var/lib/awx/projects",
    ("Deployment/forail-task", "forail-projects"): "/var/lib/awx/projects",
    ("Deployment/forail-task", "forail-receptor"): "/tmp/receptor",
    ("Deployment/forail-web", "forail-backups"): "/var/backups/forail",
    ("CronJob/forail-backup", "forail-backups"): "/var/backups/forail",
    ("CronJob/forail-restore", "forail-backups"): "/var/backups/forail",
}


def mounted(deployment: Deployment) -> dict[tuple[str, str], str]:
    """Where each pod mounts each claim."""
    found: dict[tuple[str, str], str] = {}
    for label, pod in pods(deployment).items():
        for volume in pod.spec.get("volumes", []):
            claim = volume.get("persistentVolumeClaim", {}).get("claimName")
            mounts = [item for container in pod.containers for item in container.mounts.items()]
            for path, mount in mounts if claim else ():
                if mount["name"] == volume["name"]:
                    found[label, claim] = path
    return found


def test_sizes_and_modes_of_the_development_stack() -> None:
    claims = every("alone").all("PersistentVolumeClaim")
    assert {
        claim.object_name: (
            claim.inputs["spec"]["resources"]["requests"]["storage"],
            *claim.inputs["spec"]["accessModes"],
        )
        for claim in claims
    } == CLAIMS
    assert not any("storageClassName" in claim.inputs["spec"] for claim in claims)


def test_projects_can_be_shared_by_nodes_and_have_a_class() -> None:
    spec = every("everything").one("PersistentVolumeClaim", "forail-projects").inputs["spec"]
    assert (spec["accessModes"], spec["storageClassName"]) == (["ReadWriteMany"], "shared")


def test_mount_paths() -> None:
    assert mounted(every("alone")) == PATHS


def test_existing_claims_are_mounted_at_the_same_paths() -> None:
    kept = {
        (label, claim.replace("forail-", "kept-")): path
        for (label, claim), path in PATHS.items()
        if claim != "forail-postgres"
    } | {("Job/forail-restore", "kept-backups"): "/var/backups/forail"}
    # Its data is protected, so that one more Job dumps it.
    kept["Job/forail-before-upgrade", "kept-backups"] = "/var/backups/forail"
    found = {place: path for place, path in mounted(every("elsewhere")).items() if "assistant" not in place[0]}
    assert found == kept
    assert every("elsewhere").names("PersistentVolumeClaim") == {
        "forail-assistant-data",
        "forail-assistant-ollama-models",
    }


@pytest.mark.parametrize(
    ("stack", "together"),
    [
        (
            "alone",
            {"Deployment/forail-web", "Deployment/forail-task", "CronJob/forail-backup", "CronJob/forail-restore"},
        ),
        ("prod", set[str]()),
        (
            "everything",
            {
                "Deployment/forail-web",
                "CronJob/forail-backup",
                "CronJob/forail-restore",
                "Job/forail-before-upgrade",
                "Job/forail-restore",
            },
        ),
    ],
)
def test_only_pods_that_share_a_claim_for_one_node_are_kept_together(stack: str, together: set[str]) -> None:
    assert {label for label, pod in pods(every(stack)).items() if "affinity" in pod.spec} == together


@pytest.mark.parametrize(
    ("stack", "strategy"), [("alone", "Recreate"), ("prod", "RollingUpdate"), ("everything", "Recreate")]
)
def test_web_lets_go_of_a_claim_for_one_node_before_the_next_pod_wants_it(stack: str, strategy: str) -> None:
    assert every(stack).one("Deployment", "forail-web").inputs["spec"]["strategy"]["type"] == strategy


def test_a_claim_of_one_pod_is_released_first() -> None:
    for name in ("forail-redis", "forail-task"):
        assert every("alone").one("Deployment", name).inputs["spec"]["strategy"] == {"type": "Recreate"}
