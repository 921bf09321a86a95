"""backup/backup.sh against a real PostgreSQL."""

import gzip
import hashlib
import os
import re
import subprocess
from collections.abc import Generator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.files.backups import BACKUP, SECRET_KEY, Site, make_site
from tests.files.postgres_server import PLATFORM_PASSWORD, PostgresServer, write_certificate
from tests.files.programs import background, program, run, stand_in, wait_until


@pytest.fixture
def site(postgres: PostgresServer, tmp_path: Path) -> Generator[Site]:
    name = f"backup_{uuid4().hex}"
    yield make_site(postgres, name, tmp_path / "backups")
    postgres.sql(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="module")
def untouched_site(postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """One site for runs that must fail before they write anything."""
    return make_site(postgres, f"backup_{uuid4().hex}", tmp_path_factory.mktemp("site") / "backups")


def test_writes_a_complete_backup_with_its_companions(site: Site) -> None:
    outcome = site.backup()
    assert outcome.returncode == 0, outcome.stderr
    assert outcome.stdout.count("\n") == 1
    [dump] = site.dumps()
    assert re.fullmatch(r"forail-\d{8}T\d{6}Z\.sql\.gz", dump.name)
    assert site.files() == [dump.name, f"{dump.name}.meta", f"{dump.name}.sha256"]
    assert str(dump) in outcome.stdout
    check = run(["sh", "-c", f"cd {site.folder} && sha256sum -c {dump.name}.sha256"])
    assert check.stdout == f"{dump.name}: OK\n"
    assert {oct(path.stat().st_mode & 0o777) for path in site.folder.iterdir()} == {"0o600"}
    meta = dict(line.split("=", 1) for line in Path(f"{dump}.meta").read_text().splitlines())
    assert meta["database"] == site.database
    assert meta["last_main_migration"] == "0210_rls_nullif_cast"
    assert meta["secret_key_sha256_16"] == hashlib.sha256(SECRET_KEY.encode()).hexdigest()[:16]
    assert meta["server_version"].startswith("15")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", meta["created"])


def test_every_row_behind_row_level_security_is_in_it(site: Site) -> None:
    # A tenant set on the role would narrow the dump to one organization.
    site.server.sql(f"ALTER ROLE forail IN DATABASE {site.database} SET forail.current_tenant_id = '1'")
    assert site.sql("SELECT count(*) FROM main_inventory") == ["100"]
    assert site.backup().returncode == 0
    text = gzip.decompress(site.dumps()[0].read_bytes()).decode()
    copied = text.split("COPY public.main_inventory ", 1)[1].split("\n\\.\n", 1)[0]
    assert copied.count("\n") == 300


def test_rows_that_a_policy_hides_without_a_tenant_are_refused(site: Site) -> None:
    site.sql("ANALYZE main_inventory; ALTER POLICY tenant ON main_inventory USING (false)")
    counted = "SELECT n_live_tup > 0 FROM pg_stat_user_tables WHERE relname = 'main_inventory'"
    wait_until(lambda: site.sql(counted) == ["t"], "the server's statistics know the rows")
    outcome = site.backup()
    assert outcome.returncode == 1
    assert "row-level security hides the rows of main_inventory" in outcome.stderr
    assert site.files() == []


def test_two_backups_follow_each_other_under_their_own_names(site: Site) -> None:
    assert site.backup().returncode == 0
    assert site.backup().returncode == 0
    assert len(site.dumps()) == 2


def test_backups_older_than_the_retention_go_and_the_rest_stay(site: Site) -> None:
    old, strange = "forail-20200101T000000Z.sql.gz", "forail-before-upgrade.sql.gz"
    # With the new one, the newest three: they stay whatever their age, or a clock that is years ahead would delete all.
    kept = ["forail-20200104T000000Z.sql.gz", "forail-20200105T000000Z.sql.gz"]
    for name in (old, f"{old}.meta", f"{old}.sha256", "forail-20200102T000000Z.sql.gz.meta", strange, *kept):
        (site.folder / name).touch()
    (site.folder / "forail-20200103T000000Z.sql.gz.partial").touch()
    outcome = site.backup(BACKUP_RETENTION_DAYS="7")
    assert outcome.returncode == 0, outcome.stderr
    assert "deleted 1 older than 7 days" in outcome.stdout
    [new] = [path.name for path in site.dumps() if path.name not in (strange, *kept)]
    assert site.files() == sorted([strange, *kept, new, f"{new}.meta", f"{new}.sha256"])


def test_a_backup_of_the_future_keeps_no_place(site: Site) -> None:
    old, kept = "forail-20200101T000000Z.sql.gz", ["forail-20200102T000000Z.sql.gz", "forail-20200103T000000Z.sql.gz"]
    for name in (old, *kept, "forail-20990101T000000Z.sql.gz"):
        (site.folder / name).touch()
    assert site.backup(BACKUP_RETENTION_DAYS="7").returncode == 0
    names = [path.name for path in site.dumps()]
    assert old not in names
    assert {*kept, "forail-20990101T000000Z.sql.gz"} < set(names)


PASSPHRASE = "correct horse battery staple"


def decrypted(path: Path, passphrase: str = PASSPHRASE) -> bytes:
    """What the command of docs/operations.md makes of an encrypted key."""
    page = (Path(__file__).resolve().parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")
    [line] = [line for line in page.splitlines() if line.startswith("openssl enc -d ")]
    command = line.replace("forail-<timestamp>.sql.gz.key.enc", str(path)).split()
    # A person is asked for it.
    answer = {"PATH": os.environ["PATH"], "ANSWER": passphrase}
    return subprocess.run([*command, "-pass", "env:ANSWER"], env=answer, capture_output=True, check=False).stdout


def test_with_a_passphrase_the_key_goes_along_and_comes_back_by_one_command(site: Site) -> None:
    outcome = site.backup(BACKUP_KEY_PASSPHRASE=PASSPHRASE)
    assert outcome.returncode == 0, outcome.stderr
    [dump] = site.dumps()
    encrypted = Path(f"{dump}.key.enc")
    assert site.files() == sorted([dump.name, f"{dump.name}.meta", f"{dump.name}.sha256", encrypted.name])
    assert SECRET_KEY not in encrypted.read_text()
    assert decrypted(encrypted) == SECRET_KEY.encode()
    assert decrypted(encrypted, f"{PASSPHRASE}.") != SECRET_KEY.encode()
    assert oct(encrypted.stat().st_mode & 0o777) == "0o600"
    # Another salt each time: the same key is not seen to be the same.
    assert site.backup(BACKUP_KEY_PASSPHRASE=PASSPHRASE).returncode == 0
    assert len({Path(f"{path}.key.enc").read_text() for path in site.dumps()}) == 2


def test_an_encrypted_key_goes_with_its_dump(site: Site) -> None:
    # The newest three stay however old they are: these two and the new one.
    old, *kept = (f"forail-2020010{day}T000000Z.sql.gz" for day in (1, 3, 4))
    for name in (old, f"{old}.key.enc", "forail-20200102T000000Z.sql.gz.key.enc", *kept):
        (site.folder / name).touch()
    assert site.backup(BACKUP_RETENTION_DAYS="7").returncode == 0
    new = max(path.name for path in site.dumps())
    assert site.files() == [*kept, new, f"{new}.meta", f"{new}.sha256"]


def test_a_key_that_does_not_decrypt_keeps_the_dump_from_its_name(site: Site, tmp_path: Path) -> None:
    stand_in(tmp_path / "programs", "openssl", "#!/bin/sh\ncat >/dev/null\necho 'bad decrypt' >&2\ntrue\n")
    path = site.with_stand_in(tmp_path / "programs")
    outcome = site.backup(BACKUP_KEY_PASSPHRASE=PASSPHRASE, PATH=path)
    assert outcome.returncode == 1
    assert "the encrypted key does not decrypt to the key, nothing was kept" in outcome.stderr
    assert site.files() == []


def test_the_passphrase_is_on_no_command_line(site: Site, tmp_path: Path) -> None:
    openssl = program("openssl", "openssl")
    script = f'#!/bin/sh\necho "$*" >>"{tmp_path}/calls"\nexec {openssl} "$@"\n'
    stand_in(tmp_path / "programs", "openssl", script)
    outcome = site.backup(BACKUP_KEY_PASSPHRASE=PASSPHRASE, PATH=site.with_stand_in(tmp_path / "programs"))
    assert outcome.returncode == 0, outcome.stderr
    calls = (tmp_path / "calls").read_text()
    assert "aes-256-cbc" in calls
    assert PASSPHRASE not in calls
    assert SECRET_KEY not in calls


def test_a_run_that_has_its_dump_makes_no_other(site: Site) -> None:
    """A copy that failed is tried again by a new pod of the same Job, which starts with the dump."""
    run_of = "0f3c6c8e-9d0b-4c57-9a51-5d0d3c4f0a11"
    assert site.backup(BACKUP_RUN=run_of).returncode == 0
    [dump] = site.dumps()
    again = site.backup(BACKUP_RUN=run_of)
    assert (again.returncode, again.stdout) == (0, f"backup: {dump} was made for this run already\n")
    assert site.dumps() == [dump]
    assert site.backup(BACKUP_RUN="another").returncode == 0
    assert len(site.dumps()) == 2
    # Its dump was deleted meanwhile, so there is none to copy.
    dump.unlink()
    assert site.backup(BACKUP_RUN=run_of).returncode == 0
    assert len(site.dumps()) == 2


# The clock of backup.sh: `date` as the real one answers at this moment.
MOMENT = "2026-03-10 12:00:00"
DATE = f"""#!/bin/bash
arguments=()
now='{MOMENT} UTC'
while [[ $# -gt 0 ]]; do
    if [[ $1 == -d ]]; then now="$now $2"; shift; else arguments+=("$1"); fi
    shift
done
exec /bin/date -d "$now" "${{arguments[@]}}"
"""


def test_a_dump_of_exactly_the_retentions_age_stays_and_one_a_second_older_goes(site: Site, tmp_path: Path) -> None:
    """Seven days mean seven: of nightly dumps, made at the same second, the one of that night a week ago is kept."""
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "date").write_text(DATE)
    (programs / "date").chmod(0o755)
    kept, gone = "forail-20260303T120000Z.sql.gz", "forail-20260303T115959Z.sql.gz"
    # More than those that stay whatever their age.
    nights = ["forail-20260308T120000Z.sql.gz", "forail-20260309T120000Z.sql.gz"]
    for name in (kept, gone, *nights):
        (site.folder / name).touch()
    outcome = site.backup(BACKUP_RETENTION_DAYS="7", PATH=site.with_stand_in(programs))
    assert outcome.returncode == 0, outcome.stderr
    assert [path.name for path in site.dumps()] == [kept, *nights, "forail-20260310T120000Z.sql.gz"]
    assert "deleted 1 older than 7 days" in outcome.stdout


def test_without_a_retention_nothing_is_deleted(site: Site) -> None:
    # As in a pod that was not told how long the schedule keeps dumps.
    old = site.folder / "forail-20200101T000000Z.sql.gz"
    old.touch()
    outcome = site.backup()
    assert outcome.returncode == 0, outcome.stderr
    assert "deleted 0" in outcome.stdout
    assert len(site.dumps()) == 2


def test_a_failed_run_deletes_no_old_backup(site: Site) -> None:
    old = site.folder / "forail-20200101T000000Z.sql.gz"
    old.touch()
    assert site.backup(DATABASE_PASSWORD="wrong").returncode == 1
    assert site.dumps() == [old]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"DATABASE_PASSWORD": "wrong"}, "password authentication failed"),
        ({"DATABASE_NAME": "nowhere"}, "does not exist"),
        ({"DATABASE_HOST": "host.invalid"}, "could not translate host name"),
        ({"DATABASE_SSLMODE": "verify-full", "DATABASE_SSLROOTCERT": "/absent.pem"}, "/absent.pem"),
        ({"FORAIL_SECRET_KEY": ""}, "FORAIL_SECRET_KEY is missing or empty"),
        ({"BACKUP_RETENTION_DAYS": "0"}, "must be a whole number of days"),
        ({"BACKUP_KEY_PASSPHRASE": "x" * 19}, "BACKUP_KEY_PASSPHRASE must be one line of 20 to 200 characters"),
        ({"BACKUP_KEY_PASSPHRASE": "x" * 201}, "BACKUP_KEY_PASSPHRASE must be one line of 20 to 200 characters"),
        ({"BACKUP_KEY_PASSPHRASE": "x" * 20 + "\n" + "x"}, "BACKUP_KEY_PASSPHRASE must be one line"),
        ({"BACKUP_RUN": "a b"}, "BACKUP_RUN must be letters"),
        ({"BACKUP_DIR": "/absent"}, "mount the backups claim there"),
    ],
)
def test_every_fault_is_named_and_leaves_nothing(untouched_site: Site, changes: dict[str, str], said: str) -> None:
    outcome = untouched_site.backup(**changes)
    assert outcome.returncode == 1
    assert said in outcome.stderr
    assert PLATFORM_PASSWORD not in outcome.stderr
    assert untouched_site.files() == []


def test_the_servers_certificate_is_checked_when_the_stack_says_so(site: Site, tmp_path: Path) -> None:
    checked = {"DATABASE_SSLMODE": "verify-full", "DATABASE_SSLROOTCERT": str(site.server.certificate)}
    outcome = site.backup(**checked)
    assert outcome.returncode == 0, outcome.stderr
    stranger, _ = write_certificate(tmp_path)
    refused = site.backup(**checked | {"DATABASE_SSLROOTCERT": str(stranger)})
    assert refused.returncode == 1
    assert "certificate verify failed" in refused.stderr


def test_a_database_without_forails_schema_is_refused(site: Site) -> None:
    site.sql("DROP TABLE django_migrations")
    outcome = site.backup()
    assert outcome.returncode == 1
    assert "holds no Forail schema" in outcome.stderr


def test_a_full_disk_is_reported_and_leaves_nothing(site: Site) -> None:
    # A limit on file size, in blocks of 1024 bytes, fails the write as a full disk does. Random text does not compress.
    site.sql(
        "INSERT INTO main_organization (name) SELECT md5(i::text) || md5((-i)::text) FROM generate_series(1,9999) i"
    )
    limited = ["bash", "-c", f"trap '' XFSZ; ulimit -f 100; exec bash {BACKUP}"]
    outcome = run(limited, site.environment)
    assert outcome.returncode == 1
    assert "the dump failed, nothing was kept" in outcome.stderr
    assert "File too large" in outcome.stderr
    assert site.files() == []


def test_a_dump_that_dies_half_way_is_reported_and_leaves_nothing(site: Site, tmp_path: Path) -> None:
    real = program("pg_dump", "postgresql-client-15")
    stand_in(tmp_path / "bin", "pg_dump", f'#!/bin/bash\n{real} "$@" | head -c 2000\nkill -9 $$\n')
    outcome = site.backup(PATH=site.with_stand_in(tmp_path / "bin"))
    assert outcome.returncode == 1
    assert "the dump failed, nothing was kept" in outcome.stderr
    assert site.files() == []


def test_a_dump_that_ends_early_with_success_is_not_believed(site: Site, tmp_path: Path) -> None:
    real = program("pg_dump", "postgresql-client-15")
    stand_in(tmp_path / "bin", "pg_dump", f'#!/bin/bash\n{real} "$@" | head -c 2000\nexit 0\n')
    outcome = site.backup(PATH=site.with_stand_in(tmp_path / "bin"))
    assert outcome.returncode == 1
    assert "no end mark" in outcome.stderr
    assert site.files() == []


def test_a_second_run_is_refused_while_one_works_and_not_after_it_was_killed(site: Site, tmp_path: Path) -> None:
    stand_in(tmp_path / "bin", "pg_dump", "#!/bin/bash\nexec sleep 600\n")
    slow = site.environment | {"PATH": site.with_stand_in(tmp_path / "bin")}
    with background(["setsid", "bash", BACKUP], tmp_path / "log", slow) as process:
        wait_until(lambda: list(site.folder.glob("*.partial")) != [], "the first run dumps")
        refused = site.backup()
        os.killpg(process, 9)
    assert refused.returncode == 1
    assert "another backup or restore is running" in refused.stderr
    assert list(site.folder.glob("*.partial"))
    outcome = site.backup()
    assert outcome.returncode == 0, outcome.stderr
    assert not list(site.folder.glob("*.partial"))


def test_a_database_that_goes_away_during_the_dump_is_not_blamed_on_migrations(site: Site, tmp_path: Path) -> None:
    real = program("pg_dump", "postgresql-client-15")
    stand_in(tmp_path / "bin", "pg_dump", f'#!/bin/bash\n{real} "$@" && touch {tmp_path}/gone\n')
    real = program("psql", "postgresql-client-15")
    gone = f"if [[ -e {tmp_path}/gone ]]; then echo 'connection refused' >&2; exit 2; fi"
    stand_in(tmp_path / "bin", "psql", f'#!/bin/bash\n{gone}\nexec {real} "$@"\n')
    outcome = site.backup(PATH=site.with_stand_in(tmp_path / "bin"))
    assert outcome.returncode == 1
    [said] = outcome.stderr.splitlines()
    assert "cannot read the database" in said
    assert site.files() == []


def test_the_password_is_on_no_command_line(site: Site, tmp_path: Path) -> None:
    arguments = tmp_path / "arguments"
    for name in ("pg_dump", "psql"):
        real = program(name, "postgresql-client-15")
        stand_in(tmp_path / "bin", name, f'#!/bin/bash\nprintf "%s\\n" "$*" >>{arguments}\nexec {real} "$@"\n')
    assert site.backup(PATH=site.with_stand_in(tmp_path / "bin")).returncode == 0
    assert "--enable-row-security" in arguments.read_text()
    assert PLATFORM_PASSWORD not in arguments.read_text()
    assert SECRET_KEY not in arguments.read_text()
