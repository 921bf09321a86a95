"""A restore: its Job, its rights, its place in the order, and that it leaves nothing behind."""

from __future__ import annotations

import pytest

from components.application import backups, init
from components.application.restore import FILES
from components.settings.postgres import SUPERUSER
from tests.unit.deployment import Deployment
from tests.unit.pods import Container, pods
from tests.unit.stacks import adopted, alone, every

BLOCK = {"from": "newest", "confirm": "dev"}
JOB = "Job/forail-restore"


def restoring(**changes: object) -> Deployment:
    """The platform with a restore."""
    return alone().deploy(restore=BLOCK, **changes)


def container(deployment: Deployment) -> Container:
    """The one that restores."""
    return pods(deployment)[JOB].container("restore")


def test_without_it_there_is_nothing_of_it() -> None:
    left = {item.urn for item in every("alone").resources} ^ {item.urn for item in restoring().resources}
    assert {urn.rpartition("::")[0].partition("Application$forail:application:")[2] for urn in left} == {
        "Restore",
        "Restore$random:index/randomId:RandomId",
        "Restore$forail:application:QuiesceAccess",
        "Restore$forail:application:QuiesceAccess$kubernetes:core/v1:ServiceAccount",
        "Restore$forail:application:QuiesceAccess$kubernetes:rbac.authorization.k8s.io/v1:Role",
        "Restore$forail:application:QuiesceAccess$kubernetes:rbac.authorization.k8s.io/v1:RoleBinding",
        "Restore$kubernetes:core/v1:ConfigMap",
        "Restore$forail:kube:HashedJob",
        "Restore$forail:kube:HashedJob$kubernetes:batch/v1:Job",
    }


def test_it_is_another_restore_only_by_what_the_stack_file_says() -> None:
    identity = restoring().one("RandomId", "forail-restore")
    assert identity.inputs["keepers"] == BLOCK
    named = alone().deploy(restore={**BLOCK, "from": "forail-20260101T013000Z"})
    assert named.one("RandomId", "forail-restore").inputs["keepers"]["from"] == "forail-20260101T013000Z"
    # Its id is in the Job's name; and web and task are applied again, for what became of their replicas.
    assert named.one("Job", "forail-restore").object_name != restoring().one("Job", "forail-restore").object_name
    for component in ("web", "task"):
        deployment = restoring().one("Deployment", f"forail-{component}")
        assert deployment.inputs["metadata"]["annotations"]["forail-platform.io/restore"] == "newest"
        before = every("alone").one("Deployment", f"forail-{component}").inputs["spec"]
        assert deployment.inputs["spec"] == before, "a restore rolls no pod"


@pytest.mark.parametrize("stack", ["everything", "elsewhere"])
def test_it_is_between_the_data_and_the_init_job(stack: str) -> None:
    deployment = every(stack)
    job, after = deployment.one("Job", "forail-restore"), deployment.one("Job", "forail-init")
    assert deployment.depends_on(after, job)
    assert not deployment.depends_on(job, after)
    workloads = [*deployment.all("Deployment"), *deployment.all("StatefulSet")]
    waiting = {item.name for item in workloads if deployment.depends_on(item, job)}
    assert {"forail-web", "forail-task"} <= waiting
    assert deployment.depends_on(job, deployment.one("Deployment", "forail-redis"))


def test_its_pod_finds_every_script_and_its_backups() -> None:
    mounts = container(restoring()).mounts
    assert container(restoring()).raw["command"] == ["bash", "/etc/forail/restore/job.sh"]
    assert {file.path for file in FILES} < set(mounts)
    assert "/var/backups/forail" in mounts
    # It loads the application for the steps of init, with what init gives them.
    own = pods(restoring())["Job/forail-init"].container("bootstrap").env
    assert own.items() <= container(restoring()).env.items()


@pytest.mark.parametrize(
    ("source", "fetched"),
    [("newest", "newest"), ("forail-20260101T013000Z", "forail-20260101T013000Z.sql.gz")],
)
def test_a_backup_that_only_the_store_has_is_fetched_first(source: str, fetched: str) -> None:
    assert [item.name for item in pods(restoring())[JOB].containers] == ["restore"]
    keys = {"access_key_id": "a", "secret_access_key": "b"}
    copies = {"type": "s3", "path": "bucket/forail", "existingSecret": {"secretName": "store", "keys": keys}}
    deployment = alone().deploy(restore={**BLOCK, "from": source}, backups={"copies": copies})
    fetch, restore = pods(deployment)[JOB].containers
    assert (fetch.name, restore.name) == ("fetch", "restore")
    assert fetch.raw["command"][1:] == [fetched, "/var/backups/forail"]
    assert [item.name for item in pods(deployment)[JOB].main] == ["restore"]
    # What talks to the store knows nothing of the database.
    assert not {name for name in fetch.env if name.startswith(("DATABASE_", "FORAIL_"))}


def test_what_a_release_left_is_taken_over_before_it_is_replaced() -> None:
    """In the first `up` the server has only the release's own superuser."""
    steps = pods(adopted().deploy(restore={**BLOCK, "confirm": "dev"}))[JOB].containers
    assert [step.name for step in steps] == ["handover", "database", "restore"]
    assert [step.name for step in pods(restoring())[JOB].containers] == ["restore"]


def test_only_in_the_cluster_it_has_the_superuser() -> None:
    env = container(restoring()).env
    assert env["FORAIL_RESTORE_SUPERUSER"] == SUPERUSER
    assert (
        env["FORAIL_RESTORE_SUPERUSER_PASSWORD"]
        == pods(restoring())["Job/forail-init"].container("database").env["PGPASSWORD"]
    )
    assert not {"FORAIL_RESTORE_SUPERUSER", "FORAIL_RESTORE_SUPERUSER_PASSWORD"} & set(
        container(every("elsewhere")).env
    )


def test_web_and_task_of_another_key_are_told_by_its_secret() -> None:
    deployment = restoring(rotation={"forailSecretKey": 2})
    [key] = [item for item in deployment.all("Secret") if item.name == "forail-secret-key-2"]
    assert container(deployment).env["FORAIL_RESTORE_KEY_HOLDER"] == key.object_name


def test_it_waits_as_long_as_the_pods_of_task_may_take() -> None:
    long = restoring(task={"terminationGracePeriodSeconds": 7200})
    # Two minutes for the cluster to notice.
    assert container(long).env["FORAIL_RESTORE_QUIESCE_SECONDS"] == "7320"
    spec = long.one("Job", "forail-restore").inputs["spec"]
    assert spec["activeDeadlineSeconds"] == 7320 + backups.DEADLINE_SECONDS + init.DEADLINE_SECONDS


def test_a_lost_pod_is_replaced_and_a_refusal_is_final() -> None:
    spec = restoring().one("Job", "forail-restore").inputs["spec"]
    # The last pod brings web and task back, so there is one more than those that may be lost.
    assert spec["backoffLimit"] == int(container(restoring()).env["FORAIL_RESTORE_ATTEMPTS"]) == 3
    (rule,) = spec["podFailurePolicy"]["rules"]
    assert rule == {
        "action": "FailJob",
        "onExitCodes": {"containerName": "restore", "operator": "In", "values": [1]},
    }
    assert (spec["parallelism"], spec["podReplacementPolicy"]) == (1, "Failed")
    assert pods(restoring())[JOB].spec["terminationGracePeriodSeconds"] == 120


def test_its_account_may_change_web_and_task_and_see_pods() -> None:
    role = restoring().one("Role", "forail-restore").inputs
    assert role["rules"] == [
        {
            "apiGroups": ["apps"],
            "resources": ["deployments", "statefulsets"],
            "resourceNames": ["forail-web", "forail-task"],
            "verbs": ["get", "patch"],
        },
        {"apiGroups": [""], "resources": ["pods"], "verbs": ["list"]},
    ]
    binding = restoring().one("RoleBinding", "forail-restore").inputs
    assert binding["subjects"] == [{"kind": "ServiceAccount", "name": "forail-restore", "namespace": "forail"}]
    pod = pods(restoring())[JOB].spec
    assert (pod["serviceAccountName"], pod["automountServiceAccountToken"]) == ("forail-restore", True)
