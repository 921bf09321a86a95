"""The dump that the init Job waits for."""

from __future__ import annotations

from typing import Any

import pytest

from components.application.backup_before_upgrade import version_in_name
from tests.unit.deployment import Deployment
from tests.unit.pods import pods
from tests.unit.stacks import alone, every

NAME = "forail-before-upgrade"


def protected(**changes: Any) -> Deployment:
    """The development stack with protected data."""
    return alone().deploy(destroyData=False, **changes)


def job_name(deployment: Deployment) -> str:
    """What the Job is called in the cluster."""
    return deployment.one("Job", NAME).object_name


def test_init_waits_for_it_where_data_is_protected() -> None:
    deployment = protected()
    assert deployment.depends_on(deployment.one("Job", "forail-init"), deployment.one("Job", NAME))
    assert deployment.depends_on(deployment.one("Job", NAME), deployment.one("StatefulSet", "forail-postgres"))
    assert job_name(deployment).startswith("forail-backup-before-2026-07-1-")


def test_it_is_there_as_the_stack_file_says() -> None:
    assert NAME not in every("alone").names("Job")
    assert NAME in alone().deploy(upgrade={"backup": "always"}).names("Job")
    assert NAME not in protected(upgrade={"backup": "never"}).names("Job")


def test_a_restore_of_the_newest_dump_does_not_find_it() -> None:
    """Another version in the same `up` would put back the very data that is to be replaced."""
    deployment = protected(restore={"from": "newest", "confirm": "dev"})
    dump, restore = deployment.one("Job", NAME), deployment.one("Job", "forail-restore")
    assert deployment.depends_on(dump, restore)
    assert deployment.depends_on(deployment.one("Job", "forail-init"), dump)


def test_another_version_is_another_job_and_another_web_is_not() -> None:
    assert job_name(protected(web={"replicas": 1})) == job_name(protected())
    assert job_name(protected(images={"backend": {"tag": "2026.07.2"}})).startswith("forail-backup-before-2026-07-2-")


def test_it_sets_the_password_first_and_dumps_what_the_nightly_one_dumps() -> None:
    found = pods(protected())
    pod, nightly = found[f"Job/{NAME}"], found["CronJob/forail-backup"]
    assert [container.name for container in pod.containers] == ["database", "backup"]
    dump = next(container for container in pod.containers if container.name == "backup")
    assert dump.env == nightly.container().env
    assert {"/usr/local/bin/before-upgrade.sh", "/usr/local/bin/backup.sh", "/var/backups/forail"} <= set(dump.mounts)
    assert dump.raw["command"] == ["/usr/local/bin/before-upgrade.sh"]
    assert pod.spec["restartPolicy"] == "Never"
    assert pod.spec.get("affinity") == nightly.spec.get("affinity")


def test_an_external_server_needs_no_superuser() -> None:
    found = pods(every("elsewhere"))[f"Job/{NAME}"]
    assert [container.name for container in found.containers] == ["backup"]


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("2026.07.1", "2026-07-1"),
        ("Fix_2", "fix-2"),
        ("sha256:" + "ab" * 32, "ab" * 16),
        ("v" * 31 + ".1", "v" * 31),
        ("___", "unnamed"),
    ],
)
def test_a_version_is_named_as_an_object_can_be(version: str, expected: str) -> None:
    assert version_in_name(version) == expected
