"""A Helm release's data: its claim, its Secret and its namespace are used, and none of them is made."""

from __future__ import annotations

import pulumi
import pytest

from components.settings.adopt import CLAIM, KEPT_SECRETS, SECRET
from tests.unit.deployment import Deployment
from tests.unit.pods import Container, pods
from tests.unit.stacks import adopted, alone, every


def init_steps(deployment: Deployment) -> dict[str, Container]:
    """The steps of the init Job, in their order."""
    return {container.name: container for container in pods(deployment)["Job/forail-init"].containers}


def test_the_server_mounts_the_releases_claim_and_none_is_made() -> None:
    volumes = pods(adopted().deploy())["StatefulSet/forail-postgres"].spec["volumes"]

    assert {"name": "data", "persistentVolumeClaim": {"claimName": CLAIM}} in volumes
    assert adopted().deploy().names("PersistentVolumeClaim") == every("alone").names("PersistentVolumeClaim") - {
        "forail-postgres"
    }


def test_what_is_known_already_is_read_from_the_releases_secret() -> None:
    read = {
        f"{source['name']}/{source['key']}"
        for pod in pods(adopted().deploy()).values()
        for container in pod.containers
        for variable in container.raw.get("env", [])
        if (source := variable.get("valueFrom", {}).get("secretKeyRef"))
    }

    assert {entry for entry in read if entry.startswith(f"{SECRET}/")} == {f"{SECRET}/{key}" for key in KEPT_SECRETS}
    assert adopted().deploy().names("Secret") == {
        name
        for name in every("alone").names("Secret")
        if not name.endswith(("admin-password", "postgres-password", "secret-key", "websocket-secret"))
    }


def test_the_releases_namespace_is_used() -> None:
    assert not adopted().deploy().names("Namespace")
    namespaces = {item.inputs["metadata"].get("namespace") for item in adopted().deploy().all("Deployment")}
    assert namespaces == {"tools"}


def test_the_server_gets_its_superuser_before_anything_comes_as_it() -> None:
    steps = init_steps(adopted().deploy())

    assert list(steps)[:3] == ["handover", "database", "migrate"]
    env = steps["handover"].env
    assert (env["PGUSER"], env["PLATFORM_USER"]) == ("postgres", "owner")
    assert "superuser-password" in env["PGPASSWORD"]
    assert SECRET in env["PLATFORM_PASSWORD"]
    assert env == steps["database"].env
    assert steps["handover"].raw["image"] == steps["database"].raw["image"]


def test_other_stacks_hand_nothing_over() -> None:
    for stack in ("dev", "prod", "elsewhere"):
        assert "handover" not in init_steps(every(stack))


def test_a_claim_of_another_release_is_refused() -> None:
    with pytest.raises(pulumi.RunError, match="is not of the Helm release forail"):
        alone().deploy(adopt={"release": "forail"})
