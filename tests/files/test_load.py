"""backup/load.sh: what is proven of a dump beside that it loads. The rest of it is tested through restore.sh."""

import gzip
from collections.abc import Generator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.files.backups import LOAD, SECRET_KEY, Site, make_site
from tests.files.postgres_server import PostgresServer
from tests.files.programs import run
from tests.files.test_restore import damage, reseal


@pytest.fixture
def site(postgres: PostgresServer, tmp_path: Path) -> Generator[Site]:
    name = f"load_{uuid4().hex}"
    yield make_site(postgres, name, tmp_path / "backups")
    postgres.sql(f"DROP DATABASE {name} WITH (FORCE)")


def backed_up(site: Site) -> Path:
    outcome = site.backup()
    assert outcome.returncode == 0, outcome.stderr
    return site.dumps()[-1]


def test_a_dump_names_the_rows_of_each_table(site: Site) -> None:
    meta = Path(f"{backed_up(site)}.meta").read_text().splitlines()
    assert [line for line in meta if line.startswith("rows.")] == [
        "rows.django_migrations=3",
        "rows.main_credential=1",
        "rows.main_inventory=300",
        # Both partitions, one by the name of its hour and one not.
        "rows.main_jobevent=70",
        "rows.main_organization=3",
    ]


def test_a_dump_that_lost_a_row_that_others_refer_to_is_refused(site: Site) -> None:
    dump = backed_up(site)
    text = gzip.decompress(dump.read_bytes())
    reseal(dump, gzip.compress(text.replace(b"\n3\torg 3\n", b"\n")))
    left = damage(site)
    outcome = site.load(str(dump))
    assert outcome.returncode == 1
    assert "main_inventory_organization_id_fkey" in outcome.stderr
    assert site.contents() == left


def test_rows_of_a_table_that_nothing_refers_to_are_counted_too(site: Site) -> None:
    dump = backed_up(site)
    meta = Path(f"{dump}.meta")
    meta.write_text(meta.read_text().replace("rows.main_jobevent=70", "rows.main_jobevent=71"))
    left = damage(site)
    outcome = site.load(str(dump))
    assert outcome.returncode == 1
    assert "table main_jobevent has 70 rows, the backup was made with 71" in outcome.stderr
    assert "the old data is untouched" in outcome.stderr
    assert site.contents() == left


def test_a_tenant_set_on_the_role_does_not_narrow_the_count(site: Site) -> None:
    dump = backed_up(site)
    site.server.sql(f"ALTER ROLE forail IN DATABASE {site.database} SET forail.current_tenant_id = '1'")
    assert site.load(str(dump)).returncode == 0


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        # The value is in the message itself, and goes on for more lines than the end of a log shows.
        ("id int);\nCOPY public.odd (id) FROM stdin;\nhunter1\\nhunter2\\nhunter3\\nhunter4\n", "invalid input syntax"),
        ("id int);\nCOPY public.odd (id) FROM stdin;\n1\thunter2\n", "extra data after last"),
        ("id text PRIMARY KEY);\nCOPY public.odd (id) FROM stdin;\nhunter2\nhunter2\n", "duplicate key"),
    ],
)
def test_a_row_that_the_server_refuses_is_not_shown(site: Site, statement: str, said: str) -> None:
    dump = backed_up(site)
    text = gzip.decompress(dump.read_bytes()).decode()
    end = text.index("-- PostgreSQL database dump complete")
    reseal(dump, gzip.compress((f"{text[:end]}CREATE TABLE public.odd ({statement}\\.\n{text[end:]}").encode()))
    outcome = site.load(str(dump))
    assert outcome.returncode == 1
    assert said in outcome.stderr
    assert "hunter" not in outcome.stderr + outcome.stdout


def test_credentials_that_do_not_decrypt_are_named_and_not_shown(site: Site) -> None:
    site.store_credential("another key")
    outcome = site.load(str(backed_up(site)))
    assert outcome.returncode == 1
    assert "1 of 2 encrypted values do not decrypt with FORAIL_SECRET_KEY: 2.password (InvalidToken)" in outcome.stderr
    assert "open sesame" not in outcome.stdout + outcome.stderr


def test_how_many_credentials_decrypt_is_said(site: Site) -> None:
    outcome = site.load(str(backed_up(site)))
    assert "credentials: 1 encrypted values decrypt" in outcome.stdout
    site.sql("DELETE FROM main_credential")
    outcome = site.load(str(backed_up(site)))
    assert "credentials: 0 encrypted values decrypt" in outcome.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [([], "no file given"), (["--now", "a"], "unknown option --now"), (["a", "b"], "more than one")],
)
def test_wrong_arguments_are_named(arguments: list[str], said: str) -> None:
    outcome = run(["bash", LOAD, *arguments], {"FORAIL_SECRET_KEY": SECRET_KEY})
    assert outcome.returncode == 1
    assert said in outcome.stderr


def test_a_new_database_of_an_older_server_is_filled_as_it_is(site: Site) -> None:
    """Up to PostgreSQL 14 its schema belongs to the superuser, and everybody may fill it."""
    # As there with the old database, so that the dump also has the schema's comment, which is the server's.
    site.server.sql("ALTER SCHEMA public OWNER TO forail", site.database)
    dump, before = backed_up(site), site.contents()
    name = f"{site.database}_new"
    site.server.sql(f"CREATE DATABASE {name} OWNER forail TEMPLATE template0")
    try:
        site.server.sql("ALTER SCHEMA public OWNER TO superuser; GRANT ALL ON SCHEMA public TO PUBLIC", name)
        outcome = site.load(str(dump), DATABASE_NAME=name)
        assert outcome.returncode == 0, outcome.stderr
        assert Site(site.server, name, site.folder, {}).contents() == before
        # Filled, it is replaced whole or not at all.
        outcome = site.load(str(dump), DATABASE_NAME=name)
        assert outcome.returncode == 1
        assert 'run ALTER SCHEMA public OWNER TO "forail"' in outcome.stderr
    finally:
        site.server.sql(f"DROP DATABASE {name} WITH (FORCE)")


def test_a_check_names_the_file_and_needs_no_database(site: Site) -> None:
    dump = backed_up(site)
    for arguments in ([], [str(dump)]):
        outcome = site.load("--check", *arguments, DATABASE_PORT="1")
        assert (outcome.returncode, outcome.stdout) == (0, f"{dump}\n")
    dump.write_bytes(dump.read_bytes()[:-1])
    outcome = site.load("--check", DATABASE_PORT="1")
    assert (outcome.returncode, outcome.stdout) == (1, "")
    assert "does not match its checksum" in outcome.stderr
