"""A dump of one PostgreSQL server, restored into another that has nothing yet, as for another major version.

FORAIL_TEST_NEWER_POSTGRES is the folder of initdb and postgres of a newer version; without it the new server is another
one of the same version.
"""

import os
from collections.abc import Generator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.files.api_server import api_server
from tests.files.backups import Site, make_site
from tests.files.postgres_server import DEBIAN_FOLDER, PostgresServer, unused_postgres
from tests.files.test_restore_job import Platform, mounted, pod

PROGRAMS = os.environ.get("FORAIL_TEST_NEWER_POSTGRES", DEBIAN_FOLDER)


@pytest.fixture
def empty() -> Generator[PostgresServer]:
    """The new server, as its image leaves it on an empty claim."""
    with unused_postgres(programs=PROGRAMS) as server:
        yield server


@pytest.fixture
def old(postgres: PostgresServer, tmp_path: Path) -> Generator[Site]:
    """The platform's database on the old server, with its last dump."""
    name = f"major_{uuid4().hex[:12]}"
    site = make_site(postgres, name, tmp_path / "backups")
    outcome = site.backup()
    assert outcome.returncode == 0, outcome.stderr
    yield site
    postgres.sql(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.mark.parametrize("prepared", ["nothing is there", "role and database are there"])
def test_the_last_dump_arrives_on_an_empty_server(
    old: Site, empty: PostgresServer, tmp_path: Path, prepared: str
) -> None:
    if prepared != "nothing is there":
        # As an `up` leaves it that came without `restore`, or failed after its first steps.
        empty.make_platform(old.database)
    site = Site(empty, old.database, old.folder, old.environment | {"DATABASE_PORT": str(empty.port)})
    mounted(tmp_path / "mounted")
    left = old.contents()
    before = [line for line in left if not line.startswith("django_migrations")]
    with api_server(tmp_path / "account") as cluster:
        for workload in cluster.workloads.values():
            workload["spec"]["replicas"] = 0
        moved = Platform(site, cluster, tmp_path / "mounted", pod(site, cluster), before, [])
        outcome = moved.restore()
        assert outcome.returncode == 0, outcome.stderr
        assert moved.contents() == before
        assert site.sql("SELECT count(*) FROM bootstrapped") == ["1"]
        # Whoever took web and task away gives them back, which is `pulumi up`.
        assert set(cluster.replicas().values()) == {0}
        again = moved.restore()
    assert "was finished before: the data is left as it is" in again.stderr
    assert empty.sql("SELECT rolsuper FROM pg_roles WHERE rolname = 'forail'") == ["f"]
    # The way back.
    assert old.contents() == left
