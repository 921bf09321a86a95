"""The restore on trial: what it can reach, how long its report counts, and that it is not there unless asked for."""

from __future__ import annotations

import functools
from typing import Any

import pytest

from tests.unit.deployment import Deployment
from tests.unit.pods import Pod, pods
from tests.unit.stacks import alone, every

LABEL, NAME = "CronJob/forail-backup-drill", "forail-backup-drill"
HOUR, DAY = 3600, 86400


def with_drill(drill: dict[str, Any] | None = None, **backups: Any) -> Deployment:
    """The development stack with a drill."""
    return alone().deploy(backups={**backups, "drill": drill or {}})


@functools.cache
def pod() -> Pod:
    """Its pod as it comes by default."""
    return pods(with_drill())[LABEL]


def test_there_is_none_unless_asked_for() -> None:
    assert not [item.urn for item in every("alone").resources if "drill" in item.urn.lower()]
    assert LABEL in pods(every("prod"))


def test_a_hung_one_is_in_nobodys_way() -> None:
    spec = with_drill().one("CronJob", NAME).inputs["spec"]
    assert (spec["schedule"], spec["concurrencyPolicy"]) == ("0 4 * * 0", "Replace")
    assert spec["startingDeadlineSeconds"] == HOUR
    assert spec["jobTemplate"]["spec"]["activeDeadlineSeconds"] == 6 * HOUR < 7 * DAY


def test_the_script_finds_what_it_runs() -> None:
    drill = pod().container("drill")
    assert set(drill.raw["command"]) <= set(drill.mounts)
    assert {f"/usr/local/bin/{name}.sh" for name in ("load", "database")} <= set(drill.mounts)
    assert {
        f"/etc/forail/backup/{name}.py" for name in ("drill_report", "pending", "migrations", "credentials")
    } <= set(drill.mounts)
    assert pod().container("postgres").raw["command"][0] in pod().container("postgres").mounts


def test_it_reads_the_dumps_and_cannot_write_them() -> None:
    assert pod().container("drill").mounts["/var/backups/forail"]["readOnly"] is True
    assert "/var/backups/forail" not in pod().container("postgres").mounts


def test_it_cannot_reach_the_platforms_database_or_redis() -> None:
    """Through Redis every process hands the settings of its database to all others."""
    env = pod().container("drill").env
    assert (env["DATABASE_HOST"], env["REDIS_HOST"], env["REDIS_PORT"]) == ("127.0.0.1", "127.0.0.1", "1")
    assert "DATABASE_PASSWORD" not in env
    for container in pods(every("elsewhere"))[LABEL].containers:
        names = {value.split("/")[0] for value in container.env.values() if value.startswith("secret:")}
        assert not names & {"secret:kept-postgrespassword", "secret:kept-redispassword"}
        assert "/etc/forail/database-ca.crt" not in container.mounts
        assert "db.example.com" not in container.env.values()


def test_role_and_database_have_the_platforms_names() -> None:
    env = pods(every("elsewhere"))[LABEL].container("drill").env
    assert (env["DATABASE_NAME"], env["DATABASE_USER"]) == ("platform", "owner")


def test_the_server_runs_beside_it_and_shares_only_its_password() -> None:
    server, drill = pod().container("postgres"), pod().container("drill")
    assert (server.raw["restartPolicy"], drill.raw.get("restartPolicy")) == ("Always", None)
    assert not [value for value in server.env.values() if value.startswith("secret:")]
    assert set(server.mounts) & set(drill.mounts) == {server.env["THROWAWAY_DIR"]} == {drill.env["DRILL_SERVER_DIR"]}
    volumes = {volume["name"]: volume.get("emptyDir") for volume in pod().spec["volumes"]}
    assert volumes["server"] == {"medium": "Memory"}
    # As many locks as the platform's own server has, or a platform of a month cannot be restored here.
    own = pods(every("alone"))["StatefulSet/forail-postgres"].container().raw["args"]
    assert server.raw["command"][1:] == own


def test_its_space_is_reserved_and_limited_as_the_stack_file_says() -> None:
    made = pods(with_drill({"size": "77Gi"}))[LABEL]
    assert made.container("postgres").raw["resources"]["requests"]["ephemeral-storage"] == "77Gi"
    volumes = {volume["name"]: volume.get("emptyDir") for volume in made.spec["volumes"]}
    assert volumes["data"] == {"sizeLimit": "77Gi"}


def test_it_may_write_its_report_and_nothing_else() -> None:
    deployment = with_drill()
    (rule,) = deployment.one("Role", NAME).inputs["rules"]
    assert rule == {"apiGroups": [""], "resources": ["configmaps"], "resourceNames": [NAME], "verbs": ["patch"]}
    binding = deployment.one("RoleBinding", NAME).inputs
    assert binding["roleRef"]["name"] == NAME
    assert binding["subjects"] == [{"kind": "ServiceAccount", "name": NAME, "namespace": "forail"}]
    assert deployment.one("ServiceAccount", NAME).inputs["automountServiceAccountToken"] is False
    assert pod().spec["serviceAccountName"] == pod().container("drill").env["DRILL_REPORT"] == NAME


def test_the_first_report_says_that_it_never_ran() -> None:
    report = with_drill().one("ConfigMap", f"{NAME}-report")
    assert report.inputs["metadata"]["name"] == NAME
    assert report.inputs["data"]["result"] == "never ran"
    assert list(report.request.ignoreChanges) == ["data"]


@pytest.mark.parametrize(
    ("drill", "valid"),
    [
        ({}, 7 * DAY + 7 * HOUR),
        ({"schedule": "0 4 * * 1-5", "deadlineSeconds": 1800}, 3 * DAY + HOUR + 1800),
        ({"schedule": "@monthly"}, 31 * DAY + 7 * HOUR),
    ],
)
def test_a_report_counts_until_the_next_is_overdue(drill: dict[str, Any], valid: int) -> None:
    """The longest gap of the schedule, the hour in which a missed run may still start, and the time it may take."""
    assert pods(with_drill(drill))[LABEL].container("drill").env["DRILL_VALID_SECONDS"] == str(valid)


def test_two_runs_without_a_dump_fail_it() -> None:
    env = pods(with_drill(schedule="0 1 * * *"))[LABEL].container("drill").env
    assert env["DRILL_DUMP_AGE_SECONDS"] == str(2 * DAY + 7 * HOUR)
    assert "DRILL_DUMP_AGE_SECONDS" not in pods(with_drill(suspended=True))[LABEL].container("drill").env


def test_it_runs_where_backups_run_and_uses_what_it_is_given() -> None:
    amounts = {"requests": {"memory": "333Mi", "cpu": "33m"}, "limits": {"memory": "3Gi", "cpu": "3"}}
    made = pods(with_drill({"resources": amounts}, nodeSelector={"a": "b"}))[LABEL]
    assert made.spec["nodeSelector"] == {"a": "b"}
    assert made.container("drill").raw["resources"] == amounts
    server = made.container("postgres").raw["resources"]
    assert server["limits"] == amounts["limits"]
    assert server["requests"] == {**amounts["requests"], "ephemeral-storage": "10Gi"}


def test_with_copies_the_newest_dump_comes_from_the_store() -> None:
    made = pods(every("elsewhere"))[LABEL]
    drill, fetch = made.container("drill"), made.container("fetch")
    # Beside it and not before: what an init container fails on could not be reported.
    assert {container.name for container in made.main} == {"drill", "fetch"}
    fetched, folder = drill.env["DRILL_FETCHED"], "/var/backups/forail"
    assert fetch.raw["command"] == ["/usr/local/bin/outcome.sh", fetched, "/usr/local/bin/fetch.sh", "newest", folder]
    assert {*fetch.raw["command"][::2][:2], folder} <= set(fetch.mounts)
    assert fetched.startswith(f"{folder}/")
    volumes = {volume["name"]: volume for volume in made.spec["volumes"]}
    assert {container.mounts[folder]["name"] for container in (drill, fetch)} == {"dumps"}
    assert volumes["dumps"]["emptyDir"] == {"sizeLimit": "10Gi"}
    assert not [volume for volume in volumes.values() if "persistentVolumeClaim" in volume]
    # Without the claim it can run on any node, and without copies it waits for nobody.
    assert "affinity" not in made.spec
    assert "DRILL_FETCHED" not in pod().container("drill").env
    # Only who fetches has the store's credentials.
    assert not {name for name in drill.env if name.startswith(("RCLONE", "STORE"))}


def test_it_has_the_keys_of_former_epochs_as_a_restore_has() -> None:
    found = pods(alone().deploy(backups={"drill": {}}, rotation={"forailSecretKey": 2}))
    former = "FORAIL_SECRET_KEY_FORMER_1"
    assert found[LABEL].container("drill").env[former] == found["CronJob/forail-restore"].env[former]


def test_nothing_rolls_for_it() -> None:
    before, after = pods(every("alone")), pods(with_drill())
    assert {label for label in after if label not in before or before[label].text != after[label].text} == {LABEL}
