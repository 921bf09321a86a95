"""Postgres in the cluster, and elsewhere."""

from __future__ import annotations

from tests.unit.pods import pods
from tests.unit.stacks import alone, elsewhere, every


def test_the_server_has_a_superuser_that_is_not_the_platforms_role() -> None:
    env = pods(every("alone"))["StatefulSet/forail-postgres"].env
    assert env["POSTGRES_USER"] == "postgres"
    assert "forail-postgres-superuser-password" in env["POSTGRES_PASSWORD"]
    # Data in a folder of the claim: the claim's root holds lost+found.
    assert env["PGDATA"].startswith("/var/lib/postgresql/data/")


def test_the_application_connects_as_its_own_role() -> None:
    for label in ("Deployment/forail-web", "Deployment/forail-task", "CronJob/forail-backup"):
        env = pods(every("alone"))[label].env
        assert (env["DATABASE_HOST"], env["DATABASE_PORT"]) == ("forail-postgres", "5432")
        assert (env["DATABASE_USER"], env["DATABASE_NAME"]) == ("forail", "forail")
        assert "forail-postgres-password" in env["DATABASE_PASSWORD"]
        assert "DATABASE_SSLMODE" not in env


def test_only_server_and_init_know_the_superuser() -> None:
    readers = {
        (label, container.name)
        for label, pod in pods(every("alone")).items()
        for container in pod.containers
        if any("superuser" in value for value in container.env.values())
    }
    assert readers == {("StatefulSet/forail-postgres", "postgres"), ("Job/forail-init", "database")}


def test_names_of_database_and_role_reach_server_and_clients() -> None:
    found = pods(alone().deploy(postgres={"user": "owner", "database": "platform"}))
    env = found["Job/forail-init"].container("database").env
    assert (env["PLATFORM_USER"], env["PLATFORM_DATABASE"]) == ("owner", "platform")
    assert (env["PGHOST"], env["PGPORT"], env["PGUSER"]) == ("forail-postgres", "5432", "postgres")
    web = found["Deployment/forail-web"].env
    assert (web["DATABASE_USER"], web["DATABASE_NAME"]) == ("owner", "platform")


def test_a_shutdown_has_time_for_a_checkpoint() -> None:
    spec = pods(every("alone"))["StatefulSet/forail-postgres"].spec
    assert spec["terminationGracePeriodSeconds"] >= 60
    assert {"name": "shared-memory", "emptyDir": {"medium": "Memory"}} in spec["volumes"]


def test_a_dump_and_a_restore_can_lock_every_partition() -> None:
    (server,) = pods(every("alone"))["StatefulSet/forail-postgres"].containers
    assert server.raw["args"] == ["-c", "max_locks_per_transaction=1024"]


# The resource of claim forail-postgres-16.
NEXT = "forail-postgres-claim-16"


def test_the_server_moves_to_another_claim_and_the_old_one_stays_as_it_was() -> None:
    before = alone().deploy().one("PersistentVolumeClaim", "forail-postgres")
    moved = alone().deploy(
        destroyData=False,
        postgres={"claimName": "forail-postgres-16", "keptClaims": ["forail-postgres"], "storage": {"size": "20Gi"}},
    )
    kept, used = (moved.one("PersistentVolumeClaim", name) for name in ("forail-postgres", NEXT))
    assert kept.request.name == before.request.name
    assert kept.request.protect
    assert used.request.protect
    # What the new one needs is not asked of the old one, which a class that cannot grow would refuse.
    assert list(kept.request.ignoreChanges) == ["spec"]
    assert used.inputs["spec"]["resources"]["requests"] == {"storage": "20Gi"}
    (data,) = [item for item in pods(moved)["StatefulSet/forail-postgres"].spec["volumes"] if item["name"] == "data"]
    assert data["persistentVolumeClaim"]["claimName"] == "forail-postgres-16"
    back = alone().deploy(postgres={"keptClaims": ["forail-postgres-16"]})
    assert back.one("PersistentVolumeClaim", NEXT).object_name == used.object_name
    assert back.one("PersistentVolumeClaim", "forail-postgres").request.name == before.request.name


def test_a_claim_of_the_stacks_own_stays_beside_one_that_exists() -> None:
    moved = alone().deploy(postgres={"keptClaims": ["forail-postgres"], "storage": {"existingClaim": "mine"}})
    assert moved.one("PersistentVolumeClaim", "forail-postgres").inputs["spec"]["accessModes"]


def test_an_external_server_replaces_ours_entirely() -> None:
    deployment = every("elsewhere")
    assert not deployment.all("StatefulSet")
    assert "forail-postgres" not in deployment.names("Service")
    assert "forail-postgres-superuser-password" not in deployment.names("Secret")
    containers = [container.name for container in pods(deployment)["Job/forail-init"].containers]
    assert [name for name in containers if name != "trust"] == ["migrate", "bootstrap"], (
        "without a step that makes the role"
    )


def test_every_client_of_an_external_server_checks_it() -> None:
    deployment = every("elsewhere")
    config_map = deployment.one("ConfigMap", "forail-database-ca")
    assert config_map.inputs["data"] == {"database-ca.crt": elsewhere().config["postgres"]["tls"]["ca"]}
    clients = 0
    for pod in pods(deployment).values():
        for container in pod.containers:
            env = container.env
            # A drill has a server of its own.
            if env.get("DATABASE_HOST", "127.0.0.1") == "127.0.0.1":
                continue
            clients += 1
            assert (env["DATABASE_HOST"], env["DATABASE_PORT"]) == ("db.example.com", "6432")
            assert (env["DATABASE_USER"], env["DATABASE_NAME"]) == ("owner", "platform")
            assert env["DATABASE_SSLMODE"] == "verify-full"
            assert env["DATABASE_SSLROOTCERT"] in container.mounts, f"{pod.label} {container.name} has no CA"
    assert clients == 8
