"""init/migrate.sh on a real PostgreSQL: it migrates what is older and refuses what is newer than the image."""

import subprocess
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest

from tests.files.forail_double.manage import Image, Migration, script
from tests.files.postgres_server import PostgresServer
from tests.files.programs import FILES, run

SQUASHED = Migration("main", "0002_squashed", (("main", "0002_a"), ("main", "0003_b")))
IMAGE = Image(
    (Migration("main", "0001_initial"), SQUASHED, Migration("main", "0004_c"), Migration("sso", "0001_initial")),
    unmigrated=("ui",),
)
LATEST = ["main.0001_initial", "main.0002_a", "main.0003_b", "main.0002_squashed", "main.0004_c", "sso.0001_initial"]


@dataclass(frozen=True)
class Database:
    """A platform's database and what its pod's image brings."""

    server: PostgresServer
    name: str
    folder: Path

    def migrate(self, image: Image = IMAGE) -> subprocess.CompletedProcess[str]:
        """Runs migrate.sh with this image."""
        environment = self.server.platform(self.name) | script(self.folder / "bin", image)
        environment["TERMINATION_LOG"] = str(self.folder / "termination")
        return run(["bash", str(FILES / "init" / "migrate.sh")], environment)

    def recorded(self) -> list[str]:
        """The migrations that the database records, in order."""
        return self.server.sql("SELECT app || '.' || name FROM django_migrations ORDER BY id", self.name, "forail")

    def record(self, *migrations: str) -> None:
        """Appends rows, as whatever migrated this database before."""
        rows = ", ".join(f"('{app}', '{name}')" for app, _, name in (item.partition(".") for item in migrations))
        table = "CREATE TABLE IF NOT EXISTS django_migrations (id serial PRIMARY KEY, app text, name text);"
        self.server.sql(f"{table} INSERT INTO django_migrations (app, name) VALUES {rows}", self.name, "forail")


@pytest.fixture
def database(postgres: PostgresServer, tmp_path: Path) -> Generator[Database]:
    name = f"migrate_{uuid4().hex}"
    postgres.make_platform(name)
    yield Database(postgres, name, tmp_path)
    postgres.sql(f"DROP DATABASE {name} WITH (FORCE)")


def test_an_empty_database_is_migrated_and_a_second_run_changes_nothing(database: Database) -> None:
    first = database.migrate()
    assert first.returncode == 0, first.stderr
    assert database.recorded() == LATEST
    second = database.migrate()
    assert (second.returncode, second.stdout, second.stderr) == (0, "", "")
    assert database.recorded() == LATEST


@pytest.mark.parametrize(
    "newer",
    [
        pytest.param(["main.0005_d"], id="one migration more"),
        pytest.param(["main.0005_d", "sso.0002_e"], id="of two apps"),
        pytest.param(["main.0004_other_branch"], id="under a number that the image has"),
        pytest.param(["ui.0001_initial"], id="of an app that had none"),
        pytest.param(["sso.0001_squashed_0002_e"], id="a squashed one that the image does not have"),
    ],
)
def test_a_newer_database_is_refused_by_the_names_of_its_migrations(database: Database, newer: list[str]) -> None:
    database.record(*LATEST, *newer)
    pending = Image((*IMAGE.migrations, Migration("conf", "0001_initial")), IMAGE.unmigrated)
    outcome = database.migrate(pending)
    assert outcome.returncode == 1
    said = outcome.stderr.splitlines()[-1]
    assert said.startswith("migrations: the database was migrated by a newer release than this image")
    assert f"it does not know {', '.join(newer)}. " in said
    assert "Raise images.backend.tag" in said
    assert (database.folder / "termination").read_text() == f"{said}\n"
    assert database.recorded() == [*LATEST, *newer], "migrated before it was refused"


def test_of_very_many_unknown_migrations_the_first_are_named(database: Database) -> None:
    database.record(*LATEST, *(f"main.{number:04}_x" for number in range(100, 125)))
    said = database.migrate().stderr.splitlines()[-1]
    assert "main.0100_x" in said
    assert "main.0109_x and 15 more." in said
    assert "0110" not in said


@pytest.mark.parametrize(
    "recorded",
    [
        pytest.param(LATEST[:3], id="replaced ones, not yet their replacement"),
        pytest.param(["main.0001_initial", "main.0002_squashed"], id="the replacement without what it replaced"),
        pytest.param(["main.0001_initial", "main.0001a_dropped", *LATEST[1:]], id="one that was squashed and dropped"),
        pytest.param(["taggit.0001_initial", *LATEST, "taggit.0099_x"], id="an app that left the image"),
        pytest.param(["main.0001_initial"], id="an older release"),
    ],
)
def test_what_an_earlier_release_left_is_migrated(database: Database, recorded: list[str]) -> None:
    database.record(*recorded)
    outcome = database.migrate()
    assert outcome.returncode == 0, outcome.stderr
    assert set(LATEST[-2:]) <= set(database.recorded())


def test_a_check_that_cannot_ask_stops_the_migration_with_the_reason(database: Database) -> None:
    broken = database.folder / "bin"
    environment = database.server.platform(database.name) | script(broken, IMAGE)
    environment |= {"DATABASE_PASSWORD": "wrong", "TERMINATION_LOG": str(database.folder / "termination")}
    outcome = run(["bash", str(FILES / "init" / "migrate.sh")], environment)
    assert outcome.returncode == 1
    assert "Applying" not in outcome.stdout
    assert outcome.stderr.splitlines()[-1].startswith("migrate: exit 1: ")
