"""postgres/handover.sh against a real PostgreSQL whose first superuser is the platform's role, as of the chart."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.files.postgres_server import SUPERUSER_PASSWORD, PostgresServer, unused_postgres
from tests.files.programs import FILES, run

SCRIPT = str(FILES / "postgres" / "handover.sh")
DATABASE_SCRIPT = str(FILES / "postgres" / "database.sh")
ROLE = "forail"
NEW_PASSWORD = "the new superuser's \"own\\$"
TABLES = "CREATE TABLE main_job (id serial PRIMARY KEY); CREATE VIEW v AS SELECT 1; INSERT INTO main_job DEFAULT VALUES"


@contextmanager
def server_of_a_release() -> Generator[PostgresServer]:
    """A server as the chart's container leaves it: one role, the superuser, and its database."""
    with unused_postgres(ROLE) as server:
        as_release(server, "CREATE DATABASE forail", "postgres")
        as_release(server, TABLES)
        yield server


@pytest.fixture
def release() -> Generator[PostgresServer]:
    with server_of_a_release() as server:
        yield server


@pytest.fixture(scope="module")
def shared() -> Generator[PostgresServer]:
    """For tests that leave its first superuser as it is."""
    with server_of_a_release() as server:
        yield server


def as_user(server: PostgresServer, user: str, password: str, statements: str, database: str = "forail") -> list[str]:
    """The lines that the statements answer this role; fails the test on an error."""
    variables = server.superuser() | {"PGUSER": user, "PGPASSWORD": password, "PGDATABASE": database}
    answer = run(["psql", "-XqAt", "-v", "ON_ERROR_STOP=1"], variables, statements)
    assert answer.returncode == 0, answer.stderr
    return answer.stdout.splitlines()


def as_release(server: PostgresServer, statements: str, database: str = "forail") -> list[str]:
    """The same for the role that the release made."""
    return as_user(server, ROLE, SUPERUSER_PASSWORD, statements, database)


def variables(server: PostgresServer, folder: Path) -> dict[str, str]:
    """What the init Job gives both scripts."""
    return {
        "PGHOST": "127.0.0.1",
        "PGPORT": str(server.port),
        "PGUSER": "postgres",
        "PGPASSWORD": NEW_PASSWORD,
        "PLATFORM_USER": ROLE,
        "PLATFORM_PASSWORD": SUPERUSER_PASSWORD,
        "PLATFORM_DATABASE": "forail",
        "TERMINATION_LOG": str(folder / "termination"),
    }


def roles(server: PostgresServer) -> list[str]:
    """Name, whether it is the first one, and whether it is a superuser, of each role that may log in."""
    query = "SELECT rolname, oid = 10, rolsuper FROM pg_roles WHERE rolcanlogin ORDER BY 1"
    return as_user(server, "postgres", NEW_PASSWORD, query, "postgres")


def test_the_releases_role_becomes_an_ordinary_one_that_owns_its_data(release: PostgresServer, tmp_path: Path) -> None:
    given = variables(release, tmp_path)
    said = ""
    for _ in range(2):
        for script in (SCRIPT, DATABASE_SCRIPT):
            outcome = run(["dash", script], given)
            assert outcome.returncode == 0, outcome.stderr
            said += outcome.stdout + outcome.stderr

    assert roles(release) == ["forail|f|f", "postgres|t|t"]
    # The same password as before, and rights on what was there.
    owners = "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'"
    assert as_release(release, owners) == [ROLE]
    assert as_release(release, "ALTER TABLE main_job ADD n int; SELECT count(*) FROM main_job") == ["1"]
    log = release.log.read_text()
    assert "CREATE DATABASE" in log
    for password in (NEW_PASSWORD, NEW_PASSWORD.replace("'", "''"), SUPERUSER_PASSWORD):
        assert password not in log + said


def test_a_handover_that_was_stopped_half_way_is_finished(release: PostgresServer, tmp_path: Path) -> None:
    given = variables(release, tmp_path)
    as_release(release, 'CREATE ROLE "forail-handover"')

    assert run(["bash", SCRIPT], given).returncode == 0
    as_user(release, "postgres", NEW_PASSWORD, 'CREATE ROLE "forail-handover" SUPERUSER LOGIN')
    assert run(["bash", SCRIPT], given).returncode == 0
    assert roles(release) == ["postgres|t|t"]


def test_a_superuser_that_is_not_the_first_stays_and_gets_another_beside_it(
    shared: PostgresServer, tmp_path: Path
) -> None:
    as_release(shared, "DROP ROLE IF EXISTS postgres; CREATE ROLE second SUPERUSER LOGIN PASSWORD 'second'", "postgres")
    given = variables(shared, tmp_path) | {
        "PLATFORM_USER": "second",
        "PLATFORM_PASSWORD": "second",
        "PLATFORM_DATABASE": "second",
    }

    for script in (SCRIPT, DATABASE_SCRIPT):
        outcome = run(["sh", script], given)
        assert outcome.returncode == 0, outcome.stderr
    assert roles(shared) == ["forail|t|t", "postgres|f|t", "second|f|f"]


def test_a_server_of_the_stack_is_left_alone(shared: PostgresServer, tmp_path: Path) -> None:
    as_release(
        shared,
        f"DROP ROLE IF EXISTS postgres; CREATE ROLE postgres SUPERUSER LOGIN PASSWORD $secret${NEW_PASSWORD}$secret$",
        "postgres",
    )
    before = roles(shared)

    outcome = run(["sh", SCRIPT], variables(shared, tmp_path))
    assert "has its superuser 'postgres' already" in outcome.stdout
    assert roles(shared) == before


def test_a_superuser_with_a_former_password_gets_the_new_one(release: PostgresServer, tmp_path: Path) -> None:
    """A rotation after the handover, which runs before database.sh with each init Job."""
    given = variables(release, tmp_path)
    formers = {"PGPASSWORD_FORMER_1": "never in the server", "PGPASSWORD_FORMER_2": "of the handover"}
    for rotated in ({"PGPASSWORD": "of the handover"}, formers):
        for script in (SCRIPT, DATABASE_SCRIPT):
            outcome = run(["dash", script], given | rotated)
            assert outcome.returncode == 0, outcome.stderr
            assert "of the handover" not in outcome.stdout + outcome.stderr
    assert roles(release) == ["forail|f|f", "postgres|t|t"]


# What is wrong, what it makes of the variables or the server, and what is said.
WRONG: list[tuple[dict[str, str], str, str]] = [
    ({"PLATFORM_PASSWORD": "wrong"}, "", "refuses both 'postgres' and 'forail'"),
    ({"PLATFORM_USER": "other"}, "", "name the release's role in postgres.user"),
    ({}, "CREATE ROLE postgres SUPERUSER LOGIN PASSWORD 'other'", "secret postgresSuperuserPassword"),
    ({"PLATFORM_USER": "plain", "PLATFORM_PASSWORD": "plain"}, "CREATE ROLE plain LOGIN PASSWORD 'plain'",
     "was not left by the chart"),
    ({"PLATFORM_USER": "postgres"}, "", "give the platform a role of its own"),
    ({"PGPORT": "1", "DATABASE_WAIT_SECONDS": "0"}, "", "no PostgreSQL at 127.0.0.1:1"),
    ({"PLATFORM_PASSWORD": ""}, "", "environment variable PLATFORM_PASSWORD is missing or empty"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "before", "message"), WRONG)
def test_what_cannot_be_handed_over_is_said_and_changes_nothing(
    shared: PostgresServer, tmp_path: Path, changes: dict[str, str], before: str, message: str
) -> None:
    as_release(shared, f"DROP ROLE IF EXISTS postgres, plain; {before}")
    query = "SELECT rolname, rolsuper, oid = 10 FROM pg_roles ORDER BY 1"
    roles_before = as_release(shared, query)

    outcome = run(["sh", SCRIPT], variables(shared, tmp_path) | changes)

    assert outcome.returncode == 1
    assert message in outcome.stderr
    assert (tmp_path / "termination").read_text() == f"{outcome.stderr.splitlines()[-1]}\n"
    assert as_release(shared, query) == roles_before
