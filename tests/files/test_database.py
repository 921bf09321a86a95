"""postgres/database.sh against a real PostgreSQL."""

import os
from pathlib import Path

import pytest

from tests.files.postgres_server import SUPERUSER, PostgresServer
from tests.files.programs import FILES, free_port, program, run, stand_in

SCRIPT = str(FILES / "postgres" / "database.sh")
HOSTILE = "q'uo\"te\\back$dollar $(id) `id` ;--ünïcode 密"


@pytest.fixture
def variables(postgres: PostgresServer, tmp_path: Path) -> dict[str, str]:
    return postgres.superuser() | {
        "PLATFORM_USER": "platform",
        "PLATFORM_PASSWORD": HOSTILE,
        "TERMINATION_LOG": str(tmp_path / "termination"),
    }


def login(variables: dict[str, str], password: str) -> bool:
    """Whether the platform's role can log in to its database with this password."""
    environment = variables | {
        "PGUSER": variables["PLATFORM_USER"],
        "PGPASSWORD": password,
        "PGDATABASE": variables["PLATFORM_DATABASE"],
    }
    return run(["psql", "-Xc", "SELECT 1"], environment).returncode == 0


@pytest.mark.parametrize("shell", ["dash", "bash"])
def test_makes_an_ordinary_role_that_owns_its_database(
    postgres: PostgresServer, variables: dict[str, str], shell: str
) -> None:
    variables |= {"PLATFORM_DATABASE": f"made_{shell}", "PLATFORM_USER": f'ro"le {shell}'}
    for _ in range(2):
        outcome = run([shell, SCRIPT], variables)
        assert outcome.returncode == 0, outcome.stderr
    assert login(variables, HOSTILE)
    attributes = "rolsuper, rolbypassrls, rolcreatedb, rolcreaterole, rolreplication, rolcanlogin"
    role = postgres.sql(f"SELECT {attributes} FROM pg_roles WHERE rolname = 'ro\"le {shell}'")
    assert role == ["f|f|f|f|f|t"]
    owner = postgres.sql(f"SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'made_{shell}'")
    assert owner == [f'ro"le {shell}']
    postgres.sql("CREATE TABLE t (i int)", f"made_{shell}", SUPERUSER)


def test_a_changed_password_replaces_the_old_one(variables: dict[str, str]) -> None:
    variables |= {"PLATFORM_DATABASE": "changed"}
    assert run(["sh", SCRIPT], variables).returncode == 0
    assert run(["sh", SCRIPT], variables | {"PLATFORM_PASSWORD": "second"}).returncode == 0
    assert login(variables, "second")
    assert not login(variables, HOSTILE)


@pytest.mark.parametrize("shell", ["dash", "bash"])
def test_a_server_with_a_former_superusers_password_gets_the_new_one(
    postgres: PostgresServer, variables: dict[str, str], shell: str
) -> None:
    postgres.sql(f"CREATE ROLE rotated_{shell} SUPERUSER LOGIN PASSWORD 'second'")
    third = variables | {
        "PGUSER": f"rotated_{shell}",
        "PGPASSWORD": "the-newest-of-all",
        "PLATFORM_DATABASE": f"rotated_{shell}",
        "PLATFORM_USER": f"platform_{shell}",
    }
    refused = run([shell, SCRIPT], third | {"PGPASSWORD_FORMER_1": "first"})
    assert refused.returncode == 1
    assert "the server refuses the password of its superuser" in refused.stderr
    former = {"PGPASSWORD_FORMER_1": "unused", "PGPASSWORD_FORMER_2": "second", "PGPASSWORD_FORMER_3": "first"}
    outcome = run([shell, SCRIPT], third | former)
    assert outcome.returncode == 0, outcome.stderr
    assert f"the superuser 'rotated_{shell}' has a new password" in outcome.stderr
    # Once more, as after a run that was killed: the new one holds, and the former ones no longer.
    again = run([shell, SCRIPT], third | former)
    assert (again.returncode, "new password" in again.stderr) == (0, False)
    old = third | {"PGPASSWORD": "second", "PGDATABASE": "postgres"}
    assert "password authentication failed" in run(["psql", "-Xc", "SELECT 1"], old).stderr
    assert "the-newest-of-all" not in postgres.log.read_text()


def test_powers_that_the_role_was_given_are_taken_away(postgres: PostgresServer, variables: dict[str, str]) -> None:
    postgres.sql("CREATE ROLE mighty SUPERUSER BYPASSRLS CREATEDB CREATEROLE")
    variables |= {"PLATFORM_DATABASE": "mighty", "PLATFORM_USER": "mighty"}
    assert run(["sh", SCRIPT], variables).returncode == 0
    assert postgres.sql("SELECT rolsuper, rolbypassrls, rolcreatedb FROM pg_roles WHERE rolname = 'mighty'") == [
        "f|f|f"
    ]


def test_a_database_that_a_superuser_filled_becomes_the_roles_own(
    postgres: PostgresServer, variables: dict[str, str]
) -> None:
    postgres.sql("CREATE ROLE chart SUPERUSER LOGIN")
    postgres.sql("CREATE DATABASE inherited OWNER chart")
    postgres.sql(
        """
        SET ROLE chart; CREATE EXTENSION pgcrypto;
        CREATE TABLE main_job (id serial PRIMARY KEY, n int GENERATED ALWAYS AS IDENTITY) ;
        CREATE TABLE main_event (id int) PARTITION BY RANGE (id);
        CREATE TABLE main_event_1 PARTITION OF main_event FOR VALUES FROM (0) TO (9);
        CREATE VIEW shown AS SELECT id FROM main_job; CREATE SEQUENCE counted;
        CREATE FUNCTION twice(i int) RETURNS int LANGUAGE sql AS 'SELECT 2 * i';
        CREATE TYPE mood AS ENUM ('good'); CREATE DOMAIN small AS int; INSERT INTO main_job DEFAULT VALUES;
        """,
        "inherited",
    )
    variables |= {"PLATFORM_DATABASE": "inherited"}
    for _ in range(2):
        outcome = run(["sh", SCRIPT], variables)
        assert outcome.returncode == 0, outcome.stderr
    left = postgres.sql(
        """
        SELECT oid::regclass FROM pg_class WHERE pg_get_userbyid(relowner) = 'chart'
        UNION ALL SELECT oid::regclass FROM pg_namespace WHERE pg_get_userbyid(nspowner) = 'chart'
        UNION ALL SELECT p.oid::regprocedure::oid::regclass FROM pg_proc p LEFT JOIN pg_depend d
            ON d.objid = p.oid AND d.deptype = 'e' WHERE pg_get_userbyid(proowner) = 'chart' AND d.objid IS NULL
        UNION ALL SELECT typname::text::regclass FROM pg_type WHERE pg_get_userbyid(typowner) = 'chart'
        """,
        "inherited",
    )
    assert left == []
    as_platform = variables | {"PGUSER": "platform", "PGPASSWORD": HOSTILE, "PGDATABASE": "inherited"}
    work = "ALTER TABLE main_job ADD c int; DROP TABLE main_event; SELECT count(*), twice(4) FROM main_job"
    outcome = run(["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-c", work], as_platform)
    assert (outcome.stdout.strip(), outcome.stderr) == ("1|8", "")


def test_what_others_keep_in_the_database_stays_theirs(postgres: PostgresServer, variables: dict[str, str]) -> None:
    # As a monitoring agent's instructions have it: what runs with its owner's rights would run with the platform's.
    variables |= {"PLATFORM_DATABASE": "watched"}
    assert run(["sh", SCRIPT], variables).returncode == 0
    postgres.sql(
        "CREATE SCHEMA agent; CREATE TABLE agent.seen (i int); "
        "CREATE FUNCTION agent.explain() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'",
        "watched",
    )
    assert run(["sh", SCRIPT], variables).returncode == 0
    owners = """
        SELECT pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = 'agent'
        UNION SELECT pg_get_userbyid(relowner) FROM pg_class WHERE relname = 'seen'
        UNION SELECT pg_get_userbyid(proowner) FROM pg_proc WHERE proname = 'explain'
    """
    assert postgres.sql(owners, "watched") == [SUPERUSER]


def test_more_objects_than_one_transaction_can_lock_change_hands(
    postgres: PostgresServer, variables: dict[str, str]
) -> None:
    # As after a dump that was loaded by hand as the superuser: an event table has one partition for every hour.
    variables |= {"PLATFORM_DATABASE": "by_hand"}
    assert run(["sh", SCRIPT], variables).returncode == 0
    table = "CREATE TABLE main_jobevent_%s (a text UNIQUE, b text UNIQUE, c text UNIQUE, d text UNIQUE, e text UNIQUE)"
    postgres.sql(f"SELECT format('{table}', i) FROM generate_series(1, 2000) i \\gexec\n", "by_hand")
    outcome = run(["sh", SCRIPT], variables)
    assert outcome.returncode == 0, outcome.stderr
    owners = "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'"
    assert postgres.sql(owners, "by_hand") == ["platform"]


def test_passwords_reach_neither_the_servers_log_nor_a_command_line(
    postgres: PostgresServer, variables: dict[str, str], tmp_path: Path
) -> None:
    secret = "a-password-to-look-for"
    arguments = tmp_path / "arguments"
    real = program("psql", "postgresql-client-15")
    stand_in(tmp_path / "bin", "psql", f'#!/bin/sh\nprintf "%s\\n" "$*" >>{arguments}\nexec {real} "$@"\n')
    variables |= {"PLATFORM_DATABASE": "silent", "PLATFORM_PASSWORD": secret}
    outcome = run(["sh", SCRIPT], variables | {"PATH": f"{tmp_path}/bin:{os.environ['PATH']}"})
    assert outcome.returncode == 0, outcome.stderr
    assert len(arguments.read_text().splitlines()) == 4
    assert secret not in arguments.read_text() + outcome.stdout + outcome.stderr
    log = postgres.log.read_text()
    assert "statement: " in log
    assert secret not in log


def test_a_wrong_superuser_password_stops_at_once_with_the_fix(variables: dict[str, str]) -> None:
    outcome = run(["sh", SCRIPT], variables | {"PLATFORM_DATABASE": "no", "PGPASSWORD": "wrong"})
    assert outcome.returncode == 1
    assert outcome.stderr.count("\n") == 1
    assert "refuses the password of its superuser" in outcome.stderr
    assert "put the old password back in the Secret" in outcome.stderr
    assert Path(variables["TERMINATION_LOG"]).read_text() == outcome.stderr


def test_a_missing_server_is_waited_for_up_to_the_limit(variables: dict[str, str]) -> None:
    absent = {"PLATFORM_DATABASE": "no", "PGPORT": str(free_port()), "DATABASE_WAIT_SECONDS": "1"}
    outcome = run(["sh", SCRIPT], variables | absent)
    assert outcome.returncode == 1
    last = outcome.stderr.splitlines()[-1]
    assert f"no PostgreSQL at 127.0.0.1:{absent['PGPORT']} after 1 s" in last
    assert "Connection refused" in last


def test_the_platform_must_not_be_the_superuser(variables: dict[str, str]) -> None:
    outcome = run(["sh", SCRIPT], variables | {"PLATFORM_DATABASE": "no", "PLATFORM_USER": SUPERUSER})
    assert outcome.returncode == 1
    assert "give the platform a role of its own" in outcome.stderr


@pytest.mark.parametrize("name", ["PGHOST", "PGPASSWORD", "PLATFORM_PASSWORD", "PLATFORM_DATABASE"])
def test_a_missing_variable_is_named(variables: dict[str, str], name: str) -> None:
    outcome = run(["sh", SCRIPT], variables | {"PLATFORM_DATABASE": "no", name: ""})
    assert outcome.returncode == 1
    assert f"environment variable {name} is missing or empty" in outcome.stderr
