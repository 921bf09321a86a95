"""The commands of docs/migrate.md write dumps that restore.sh takes: of a Helm release, and of AWX up to 24.6.1."""

import base64
import json
import re
import shlex
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from tests.files.backups import Site, make_site
from tests.files.forail_double.encryption import encrypt
from tests.files.forail_double.manage import Image, Migration, script
from tests.files.postgres_server import PostgresServer
from tests.files.programs import run, stand_in

PAGE = (Path(__file__).parents[2] / "docs" / "migrate.md").read_text(encoding="utf-8")
AWX_KEY = "a" * 32
"""As awx-operator makes it: 32 letters and digits."""
LAST_OF_AWX = "0195_EE_permissions"
# What AWX's database and Forail's image have in common, and what each has beyond that.
FORAIL = Image(
    (
        Migration("main", "0001_initial"),
        Migration("main", LAST_OF_AWX),
        Migration("main", "0196_add_model_indexes"),
        Migration("conf", "0001_initial"),
    )
)
SCHEMA = f"""
CREATE TABLE django_migrations (id serial PRIMARY KEY, app text, name text);
INSERT INTO django_migrations (app, name)
    VALUES ('main', '0001_initial'), ('conf', '0001_initial'), ('main', '{LAST_OF_AWX}');
CREATE TABLE main_organization (id serial PRIMARY KEY, name text);
INSERT INTO main_organization (name) VALUES ('Tower');
CREATE TABLE main_inventory (id serial PRIMARY KEY, name text);
CREATE TABLE main_jobevent (id bigserial, job_created timestamptz NOT NULL) PARTITION BY RANGE (job_created);
CREATE TABLE main_credential (id serial PRIMARY KEY, inputs jsonb);
"""


def block(heading: str) -> str:
    """The commands below `heading` that write a dump."""
    text = PAGE.partition(f"### {heading}\n")[2]
    return next(found for found in re.findall(r"```sh\n(.*?)```", text, re.DOTALL) if "pg_dump" in found)


@pytest.fixture
def site(postgres: PostgresServer, tmp_path: Path) -> Generator[Site]:
    """A platform that is about to take AWX's data: its image, its role, AWX's key."""
    name = f"migrate_{uuid4().hex}"
    made = make_site(postgres, name, tmp_path / "backups")
    image = script(tmp_path / "forail", FORAIL)
    yield replace(made, environment=made.environment | image | {"FORAIL_SECRET_KEY": AWX_KEY})
    postgres.sql(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def awx(postgres: PostgresServer) -> Generator[str]:
    """AWX's database, with a credential that its key encrypts."""
    name = f"awx_{uuid4().hex}"
    postgres.sql(f"CREATE DATABASE {name}")
    postgres.sql(SCHEMA, name)
    inputs = {"username": "deployer", "password": encrypt("open sesame", "password", 1, AWX_KEY)}
    postgres.sql(f"INSERT INTO main_credential (inputs) VALUES ('{json.dumps(inputs)}')", name)
    yield name
    postgres.sql(f"DROP DATABASE {name} WITH (FORCE)")


def dump(postgres: PostgresServer, database: str, folder: Path, heading: str = "By dump") -> None:
    """Runs the page's commands in `folder`, with the database in place of the pod's and AWX's key in the Secret."""
    secret = base64.b64encode(AWX_KEY.encode()).decode()
    kubectl = f"""#!/bin/bash
    case " $* " in
        *" get secret "*) printf %s {secret} ;;
        *" exec "*" -- pg_dump "*" --no-owner --no-privileges "*)
            exec pg_dump --no-owner --no-privileges {shlex.quote(database)} ;;
        *) echo "kubectl $*: not expected" >&2; exit 1 ;;
    esac
    """
    stand_in(folder.parent / "bin", "kubectl", kubectl)
    path = f"{folder.parent / 'bin'}:/usr/lib/postgresql/15/bin:/usr/bin:/bin"
    outcome = run(
        ["bash", "-ec", f"cd {shlex.quote(str(folder))}\n{block(heading)}"], postgres.superuser() | {"PATH": path}
    )
    assert outcome.returncode == 0, outcome.stderr


@pytest.mark.parametrize("heading", ["By dump", "Move to other data"])
def test_a_dump_is_restored_with_its_credentials(postgres: PostgresServer, site: Site, awx: str, heading: str) -> None:
    dump(postgres, awx, site.folder, heading)
    outcome = site.restore("--yes")

    assert outcome.returncode == 0, outcome.stderr
    assert "credentials: 1 encrypted values decrypt" in outcome.stdout
    assert f"migration {LAST_OF_AWX}" in outcome.stdout
    assert site.sql("SELECT name FROM main_organization") == ["Tower"]
    owners = "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'"
    assert site.sql(owners) == ["forail"]


def test_a_dump_of_a_later_awx_is_refused_untouched(postgres: PostgresServer, site: Site, awx: str) -> None:
    postgres.sql("INSERT INTO django_migrations (app, name) VALUES ('main', '0196_delete_profile')", awx)
    dump(postgres, awx, site.folder)
    before = site.contents()
    outcome = site.restore("--yes")

    assert outcome.returncode == 1
    # As the page quotes it.
    assert "it does not know main.0196_delete_profile" in outcome.stderr
    assert "it does not know main.0196_delete_profile" in PAGE
    assert site.contents() == before


def test_a_dump_under_another_key_is_refused_untouched(postgres: PostgresServer, site: Site, awx: str) -> None:
    dump(postgres, awx, site.folder)
    before = site.contents()
    outcome = site.restore("--yes", FORAIL_SECRET_KEY="the stack's own key, which it made")

    assert outcome.returncode == 1
    assert "stored credentials would not decrypt" in outcome.stderr
    assert site.contents() == before


def test_a_dump_that_fails_is_no_file_that_a_restore_takes(postgres: PostgresServer, site: Site) -> None:
    with pytest.raises(AssertionError, match="does not exist"):
        dump(postgres, "no_such_database", site.folder)
    assert site.restore("--yes").returncode == 1
