"""backup/restore.sh against a real PostgreSQL: dump, damage, restore, compare."""

import gzip
import hashlib
from collections.abc import Generator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.files.backups import IMAGE, RESTORE, Site, make_site
from tests.files.forail_double.manage import Image, Migration, script
from tests.files.postgres_server import PostgresServer
from tests.files.programs import background, run, stand_in, wait_until


@pytest.fixture
def site(postgres: PostgresServer, tmp_path: Path) -> Generator[Site]:
    name = f"restore_{uuid4().hex}"
    made = make_site(postgres, name, tmp_path / "backups")
    outcome = made.backup()
    assert outcome.returncode == 0, outcome.stderr
    yield made
    postgres.sql(f"DROP DATABASE {name} WITH (FORCE)")


def damage(site: Site) -> list[str]:
    """Changes rows and schema after the backup, and answers what is then there."""
    site.sql("DELETE FROM main_inventory WHERE id > 7; UPDATE main_organization SET name = 'x'")
    site.sql("DROP POLICY tenant ON main_inventory; CREATE TABLE later (i int)")
    return site.contents()


def reseal(dump: Path, contents: bytes) -> None:
    """Replaces a backup's contents and its checksum."""
    dump.write_bytes(contents)
    Path(f"{dump}.sha256").write_text(f"{hashlib.sha256(contents).hexdigest()}  {dump.name}\n")


def test_brings_back_every_row_policy_and_sequence(site: Site) -> None:
    before = site.contents()
    assert damage(site) != before
    outcome = site.restore("--yes")
    assert outcome.returncode == 0, outcome.stderr
    assert site.contents() == before
    assert site.sql("SELECT to_regclass('later') IS NULL") == ["t"]
    assert site.sql("SET forail.current_tenant_id = '2'; SELECT count(*) FROM main_inventory") == ["100"]
    assert site.sql("INSERT INTO main_organization (name) VALUES ('new') RETURNING id") == ["4"]
    assert "migration 0210_rls_nullif_cast" in outcome.stdout


def test_a_restored_database_can_be_backed_up_and_restored_again(site: Site) -> None:
    before = site.contents()
    assert site.restore("--yes").returncode == 0
    assert site.backup().returncode == 0
    damage(site)
    assert site.restore("--yes").returncode == 0
    assert site.contents() == before


def test_takes_the_newest_backup_or_the_named_one(site: Site) -> None:
    [first] = site.dumps()
    before = site.contents()
    site.sql("DELETE FROM main_jobevent")
    assert site.backup().returncode == 0
    between = site.contents()
    damage(site)
    assert site.restore("--yes").returncode == 0
    assert site.contents() == between
    assert site.restore("--yes", str(first)).returncode == 0
    assert site.contents() == before


def test_a_damaged_file_is_refused(site: Site) -> None:
    [dump] = site.dumps()
    contents = bytearray(dump.read_bytes())
    contents[len(contents) // 2] ^= 0xFF
    dump.write_bytes(contents)
    left = damage(site)
    outcome = site.restore("--yes")
    assert outcome.returncode == 1
    assert "does not match its checksum" in outcome.stderr
    assert site.contents() == left


def test_a_copy_under_another_name_is_checked_by_its_own_contents(site: Site) -> None:
    [dump] = site.dumps()
    before = site.contents()
    copy = site.folder / "before upgrade.sql.gz"
    for suffix in ("", ".meta", ".sha256"):
        Path(f"{copy}{suffix}").write_bytes(Path(f"{dump}{suffix}").read_bytes())
    damage(site)
    outcome = site.restore("--yes", str(copy))
    assert outcome.returncode == 0, outcome.stderr
    assert site.contents() == before
    copy.write_bytes(copy.read_bytes()[:-300])
    outcome = site.restore("--yes", str(copy))
    assert outcome.returncode == 1
    assert "does not match its checksum" in outcome.stderr


def test_a_dump_from_a_clock_that_ran_ahead_is_not_taken_for_the_newest(site: Site) -> None:
    [dump] = site.dumps()
    ahead = site.folder / "forail-20990101T000000Z.sql.gz"
    ahead.touch()
    outcome = site.restore("--yes")
    assert outcome.returncode == 1
    assert f"{ahead}, the newest by its name, is of the future" in outcome.stderr
    assert site.restore("--yes", str(dump)).returncode == 0


def test_what_others_keep_in_the_database_is_neither_dumped_nor_in_the_way(site: Site) -> None:
    # As a monitoring agent's instructions have it: a schema and an extension that the platform's role cannot make.
    site.server.sql(
        "CREATE SCHEMA agent; CREATE TABLE agent.seen (i int); CREATE EXTENSION pageinspect SCHEMA agent; "
        "CREATE EXTENSION file_fdw SCHEMA public",
        site.database,
    )
    site.sql("CREATE EXTENSION citext; ALTER TABLE main_organization ADD label citext DEFAULT 'A'")
    before = site.contents()
    backup = site.backup()
    assert backup.returncode == 0, backup.stderr
    damage(site)
    outcome = site.restore("--yes")
    assert outcome.returncode == 0, outcome.stderr
    assert site.contents() == before
    assert site.server.sql("SELECT count(*) FROM agent.seen", site.database) == ["0"]
    assert site.sql("SELECT count(*) FROM main_organization WHERE label = 'a'") == ["3"]


def test_a_schema_of_another_role_is_refused_with_the_statement_that_gives_it(site: Site) -> None:
    # As up to PostgreSQL 14, where `public` belongs to the superuser.
    site.server.sql("ALTER SCHEMA public OWNER TO superuser; GRANT ALL ON SCHEMA public TO PUBLIC", site.database)
    left = damage(site)
    outcome = site.restore("--yes")
    assert outcome.returncode == 1
    assert 'run ALTER SCHEMA public OWNER TO "forail"' in outcome.stderr
    assert site.contents() == left
    site.server.sql('ALTER SCHEMA public OWNER TO "forail"', site.database)
    assert site.restore("--yes").returncode == 0


def test_a_file_without_its_checksum_is_refused(site: Site) -> None:
    [dump] = site.dumps()
    Path(f"{dump}.sha256").unlink()
    outcome = site.restore("--yes")
    assert outcome.returncode == 1
    assert "copy it together with the backup" in outcome.stderr


@pytest.mark.parametrize(
    "fault", ["sql", "cut", "no-gzip", "early-end", "truncated-gzip", "gzip-ends-in-error", "migration"]
)
def test_a_backup_that_cannot_be_applied_whole_leaves_the_old_data(site: Site, fault: str) -> None:
    [dump] = site.dumps()
    text = gzip.decompress(dump.read_bytes())
    faulty = {
        "sql": lambda: gzip.compress(text + b"SELECT no_such_function();\n"),
        "cut": lambda: gzip.compress(text[: text.index(b"COPY public.django_migrations")]),
        "no-gzip": lambda: b"plain text",
        "early-end": lambda: dump.read_bytes()[:200],
        "truncated-gzip": lambda: dump.read_bytes()[:-300],
        # Everything unpacks, and only then gzip says that it is not what was packed.
        "gzip-ends-in-error": lambda: dump.read_bytes()[:-8] + bytes(8),
        "migration": lambda: gzip.compress(text.replace(b"0210_rls_nullif_cast", b"0209_rls_eventlog")),
    }[fault]()
    reseal(dump, faulty)
    left = damage(site)
    outcome = site.restore("--yes")
    assert outcome.returncode == 1, outcome.stdout
    assert "the old data is untouched" in outcome.stderr
    said = {
        "sql": "no_such_function",
        "cut": "holds no whole list of migrations",
        "no-gzip": "not in gzip format",
        "early-end": "unexpected end of file",
        "truncated-gzip": "gzip: ",
        "gzip-ends-in-error": "gzip: ",
        "migration": "the restored schema ends at migration 0209_rls_eventlog",
    }[fault]
    assert said in outcome.stderr
    assert "drop cascades" not in outcome.stderr
    assert site.contents() == left


@pytest.mark.parametrize("newer", ["main', '0211_next", "sso', '1000_next"])
def test_a_backup_of_a_newer_release_is_refused_before_anything_is_dropped(site: Site, newer: str) -> None:
    site.sql(f"INSERT INTO django_migrations (app, name) VALUES ('{newer}'), ('plugin', '0001_initial')")
    assert site.backup().returncode == 0
    site.sql("DELETE FROM django_migrations WHERE id > 3")
    left = damage(site)
    outcome = site.restore("--yes")
    assert outcome.returncode == 1
    assert f"it does not know {newer.replace(chr(39), '').replace(', ', '.')}. " in outcome.stderr
    assert "Raise images.backend.tag" in outcome.stderr
    assert site.contents() == left
    # The same backup under the release that made it.
    app, name = newer.split("', '")
    current = script(site.folder.parent / "newer", Image((*IMAGE.migrations, Migration(app, name))))
    assert site.restore("--yes", **current).returncode == 0
    assert "plugin" in " ".join(site.sql("SELECT app FROM django_migrations"))


def test_rows_that_were_updated_do_not_hide_which_migration_was_recorded_last(site: Site) -> None:
    # An updated row moves to the end of the table, and of the dump.
    site.sql("INSERT INTO django_migrations (app, name) VALUES ('main', '0211_next')")
    site.sql("UPDATE django_migrations SET app = app WHERE id < 4")
    assert site.backup().returncode == 0
    outcome = site.restore("--yes")
    assert outcome.returncode == 1
    assert "it does not know main.0211_next. " in outcome.stderr


def test_an_application_that_cannot_be_asked_is_told_apart_from_a_newer_backup(site: Site, tmp_path: Path) -> None:
    left = damage(site)
    stand_in(tmp_path / "broken", "forail-manage", "#!/bin/bash\necho Traceback >&2; echo 'KeyError: X' >&2; exit 3\n")
    outcome = site.restore("--yes", PATH=site.with_stand_in(tmp_path / "broken"))
    assert outcome.returncode == 1
    assert "cannot say which migrations it knows (exit 3): KeyError: X" in outcome.stderr
    assert site.contents() == left


def test_another_secret_key_is_refused_unless_told_otherwise(site: Site) -> None:
    before = site.contents()
    left = damage(site)
    refused = site.restore("--yes", FORAIL_SECRET_KEY="another")
    assert refused.returncode == 1
    for key in ("the-key-of-the-platform", "another"):
        assert hashlib.sha256(key.encode()).hexdigest()[:16] in refused.stderr
        assert key not in refused.stderr.replace("another key", "")
    assert site.contents() == left
    assert site.restore("--yes", "--ignore-key-mismatch", FORAIL_SECRET_KEY="another").returncode == 0
    assert site.contents() == before


def test_a_backup_of_unknown_key_is_refused(site: Site) -> None:
    [dump] = site.dumps()
    Path(f"{dump}.meta").unlink()
    outcome = site.restore("--yes")
    assert outcome.returncode == 1
    assert "fingerprint unknown" in outcome.stderr
    assert site.restore("--yes", "--ignore-key-mismatch").returncode == 0


def test_open_sessions_are_refused_with_the_way_to_end_them(site: Site, tmp_path: Path) -> None:
    left = damage(site)
    session = site.server.superuser() | {"PGDATABASE": site.database, "PGAPPNAME": "forail-web-1"}
    with background(["psql", "-Xc", "SELECT pg_sleep(600)"], tmp_path / "log", session):
        open_sessions = f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{site.database}'"
        wait_until(lambda: site.server.sql(open_sessions) == ["1"], "the other session is open")
        outcome = site.restore("--yes")
        site.server.sql(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{site.database}'")
    assert outcome.returncode == 1
    assert "forail-web-1" in outcome.stderr
    assert "kubectl scale deployment/forail-web --replicas=0" in outcome.stderr
    assert site.contents() == left


def test_nothing_happens_without_yes_or_a_terminal(site: Site) -> None:
    left = damage(site)
    outcome = site.restore()
    assert outcome.returncode == 1
    assert "give --yes" in outcome.stderr
    assert site.contents() == left


def test_a_restore_beside_a_running_backup_is_refused(site: Site) -> None:
    outcome = run(["flock", str(site.folder / ".lock"), "bash", RESTORE, "--yes"], site.environment)
    assert outcome.returncode == 1
    assert "another backup or restore is running" in outcome.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--now"], "unknown option --now"),
        (["/absent.sql.gz"], "is not a file"),
        (["a", "b"], "more than one file"),
        ([], "no backup in"),
    ],
)
def test_wrong_arguments_are_named(tmp_path: Path, arguments: list[str], said: str) -> None:
    needed = ("DATABASE_HOST", "DATABASE_PORT", "DATABASE_NAME", "DATABASE_USER", "DATABASE_PASSWORD")
    environment = dict.fromkeys([*needed, "FORAIL_SECRET_KEY"], "x") | {"BACKUP_DIR": str(tmp_path)}
    outcome = run(["bash", RESTORE, "--yes", *arguments], environment)
    assert outcome.returncode == 1
    assert said in outcome.stderr
