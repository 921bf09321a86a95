"""backup/before-upgrade.sh against a real PostgreSQL."""

import subprocess
from collections.abc import Generator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.files.backups import BACKUP, Site, make_site
from tests.files.postgres_server import PostgresServer
from tests.files.programs import FILES, run


@pytest.fixture
def site(postgres: PostgresServer, tmp_path: Path) -> Generator[Site]:
    name = f"before_{uuid4().hex}"
    yield make_site(postgres, name, tmp_path / "backups")
    postgres.sql(f"DROP DATABASE {name} WITH (FORCE)")


def before_upgrade(site: Site, **changes: str) -> "subprocess.CompletedProcess[str]":
    script = str(FILES / "backup" / "before-upgrade.sh")
    return run(["bash", script], site.environment | {"BACKUP_SCRIPT": BACKUP} | changes)


def test_a_database_with_data_is_dumped(site: Site) -> None:
    outcome = before_upgrade(site)
    assert outcome.returncode == 0, outcome.stderr
    [dump] = site.dumps()
    assert f"backup: wrote {dump}" in outcome.stdout


def test_a_database_without_the_schema_has_nothing_to_lose(site: Site) -> None:
    site.sql("DROP TABLE django_migrations")
    outcome = before_upgrade(site)
    assert outcome.returncode == 0, outcome.stderr
    assert f"'{site.database}' holds no Forail schema yet: there is nothing to back up" in outcome.stdout
    assert site.files() == []


def test_a_dump_that_fails_fails_it(site: Site, tmp_path: Path) -> None:
    outcome = before_upgrade(site, BACKUP_DIR=str(tmp_path / "absent"))
    assert outcome.returncode == 1
    assert "backup:" in outcome.stderr


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"DATABASE_HOST": ""}, "environment variable DATABASE_HOST is missing"),
        ({"DATABASE_PASSWORD": "wrong and secret"}, "cannot read the database"),
        ({"DATABASE_PORT": "1"}, "nothing was dumped, and nothing will be migrated"),
    ],
)
def test_what_cannot_be_asked_is_not_taken_for_empty(site: Site, changes: dict[str, str], words: str) -> None:
    outcome = before_upgrade(site, **changes)
    assert outcome.returncode == 1
    assert words in outcome.stderr
    assert "wrong and secret" not in outcome.stdout + outcome.stderr
    assert site.files() == []
