"""Scheduled dumps, and the restore that a person starts."""

from __future__ import annotations

import pytest

from tests.unit.deployment import Registered
from tests.unit.pods import pods
from tests.unit.stacks import alone, every


def cron_job(name: str) -> Registered:
    """A CronJob of the development stack."""
    return every("alone").one("CronJob", name)


def test_dumps_run_every_night_and_one_at_a_time() -> None:
    spec = cron_job("forail-backup").inputs["spec"]
    assert (spec["schedule"], spec["suspend"]) == ("30 1 * * *", False)
    assert spec["concurrencyPolicy"] == "Forbid"
    job = spec["jobTemplate"]["spec"]
    # A hung dump must be gone before the next night's.
    assert job["activeDeadlineSeconds"] < 24 * 3600
    assert job["backoffLimit"] == 2


def test_a_restore_never_runs_by_itself_and_never_twice() -> None:
    spec = cron_job("forail-restore").inputs["spec"]
    assert spec["suspend"] is True
    assert spec["jobTemplate"]["spec"]["backoffLimit"] == 0


@pytest.mark.parametrize("name", ["forail-backup", "forail-restore"])
def test_both_have_the_script_the_folder_the_database_and_the_key(name: str) -> None:
    pod = pods(every("alone"))[f"CronJob/{name}"]
    container = pod.container()
    assert container.raw["command"][0] in container.mounts
    assert "/var/backups/forail" in container.mounts
    assert {"DATABASE_HOST", "DATABASE_USER", "DATABASE_PASSWORD", "FORAIL_SECRET_KEY"} <= set(container.env)
    assert pod.spec["restartPolicy"] == "Never"


def test_a_restore_finds_the_question_that_it_asks_the_application() -> None:
    container = pods(every("alone"))["CronJob/forail-restore"].container()
    script = every("alone").one("ConfigMap", "forail-backup").inputs["data"]["load.sh"]
    (asked,) = (path for path in container.mounts if path.endswith("/migrations.py"))
    assert f"${{MIGRATIONS_CHECK:-{asked}}}" in script
    assert {"/etc/tower/settings.py", "/etc/tower/conf.d/forail.py", "/etc/receptor/receptor.conf"} <= set(
        container.mounts
    )


def test_a_dump_is_given_no_more_than_the_database_and_the_key() -> None:
    env = pods(every("everything"))["CronJob/forail-backup"].container("backup").env
    secrets = {name for name, value in env.items() if value.startswith("secret:")}
    assert secrets == {"DATABASE_PASSWORD", "FORAIL_SECRET_KEY", "BACKUP_KEY_PASSPHRASE"}


def test_schedule_suspension_and_retention_are_the_stack_files() -> None:
    deployment = alone().deploy(backups={"schedule": "0 3 * * 0", "suspended": True, "retentionDays": 90})
    spec = deployment.one("CronJob", "forail-backup").inputs["spec"]
    assert (spec["schedule"], spec["suspend"]) == ("0 3 * * 0", True)
    assert pods(deployment)["CronJob/forail-backup"].env["BACKUP_RETENTION_DAYS"] == "90"
    assert deployment.one("CronJob", "forail-restore").inputs["spec"]["suspend"] is True
