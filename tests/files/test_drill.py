"""backup/drill.sh: it restores the newest dump into a throw-away server, and whatever is wrong is in its report."""

import gzip
import json
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Generator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from tests.files.backups import SECRET_KEY, Site, make_site
from tests.files.drills import (
    OUTCOME,
    REPORT,
    THROWAWAY,
    TOKEN,
    WEEK,
    ApiServer,
    Drill,
    Throwaway,
    running_api,
    running_throwaway,
)
from tests.files.forail_double.manage import Image, Migration, script
from tests.files.postgres_server import PostgresServer
from tests.files.programs import program, run, stand_in, wait_until
from tests.files.stores import FETCH, Copying, Store, s3_environment, s3_server
from tests.files.test_restore import reseal

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def throwaway() -> Iterator[Throwaway]:
    folder = Path(tempfile.mkdtemp(prefix="forail-drill-"))
    folder.chmod(0o755)
    try:
        with running_throwaway(folder) as server:
            yield server
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="module")
def site(postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A platform with one dump of an hour ago. Tests read it."""
    name = f"drill_{uuid4().hex}"
    made = make_site(postgres, name, tmp_path_factory.mktemp("site") / "backups")
    outcome = made.backup()
    assert outcome.returncode == 0, outcome.stderr
    yield made
    postgres.sql(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def api(tmp_path: Path) -> Generator[ApiServer]:
    with running_api(tmp_path / "account") as server:
        yield server


@pytest.fixture
def drill(site: Site, throwaway: Throwaway, api: ApiServer, tmp_path: Path) -> Drill:
    """Dumps of its own to do harm to."""
    made = Drill(site, tmp_path / "backups", throwaway, api, tmp_path / "tmp")
    made.temporary.mkdir()
    shutil.copytree(site.folder, made.folder)
    return made


def renamed(dump: Path, moment: datetime) -> Path:
    """The dump under the name of that time."""
    target = dump.with_name(f"forail-{moment:%Y%m%dT%H%M%SZ}.sql.gz")
    for suffix in ("", ".meta", ".sha256"):
        Path(f"{dump}{suffix}").rename(f"{target}{suffix}")
    return target


def failed(drill: Drill, outcome: subprocess.CompletedProcess[str], because: str) -> None:
    """The Job fails and the report says why; nobody learns a secret from either."""
    assert outcome.returncode != 0
    assert drill.api.data["result"] == "failed"
    assert because in drill.api.data["reason"], drill.api.data
    assert not list(drill.temporary.iterdir())
    told = json.dumps(drill.api.data) + outcome.stdout + outcome.stderr
    assert not [secret for secret in (SECRET_KEY, TOKEN, "open sesame") if secret in told]


def verdict(api: ApiServer) -> str:
    """What the command of docs/operations.md says to the report."""
    [question] = re.findall(r"get configmap forail-backup-drill -o json \|\s+jq -r '([^']+)'", PAGE)
    answer = run(["jq", "-r", question], standard_input=json.dumps({"data": api.data}))
    assert answer.returncode == 0, answer.stderr
    return answer.stdout.strip()


def test_a_good_dump_is_restored_and_reported(drill: Drill) -> None:
    before, dump = drill.site.contents(), drill.newest
    # A copy of the day before, and one that a clock which ran ahead left.
    for moment in (datetime.now(UTC) - timedelta(days=1), datetime.now(UTC) + timedelta(days=1)):
        (drill.folder / f"forail-{moment:%Y%m%dT%H%M%SZ}.sql.gz").touch()
    drill.folder.chmod(0o555)
    files = sorted(drill.folder.iterdir())
    outcome = drill.run(DRILL_DUMP_AGE_SECONDS="3600")
    assert outcome.returncode == 0, outcome.stderr
    report = drill.api.data
    assert report | {"dumpAge": "", "finished": "", "validUntil": ""} == {
        "result": "succeeded",
        "reason": "it was restored and proved",
        "dump": dump.name,
        "dumpAge": "",
        "size": str(dump.stat().st_size),
        "rows": "377",
        "credentials": "1",
        # The second of the image, which the dump does not have.
        "pending": "1 (main.0209_rls_eventlog)",
        "finished": "",
        "validUntil": "",
    }
    assert 0 <= int(report["dumpAge"]) < 3600
    finished, until = (datetime.fromisoformat(report[name]) for name in ("finished", "validUntil"))
    assert until - finished == timedelta(seconds=WEEK)
    assert drill.restored("SELECT count(*) FROM main_inventory") == ["300"]
    assert drill.restored("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = 'forail'") == ["f"]
    assert (drill.site.contents(), sorted(drill.folder.iterdir())) == (before, files)
    assert not list(drill.temporary.iterdir())
    assert verdict(drill.api).startswith("good")


# The five sabotages of the dump, the key, the run and the store, and what else can be wrong.


def test_a_flipped_byte(drill: Drill) -> None:
    dump = drill.newest
    contents = bytearray(dump.read_bytes())
    contents[len(contents) // 2] ^= 0x01
    dump.write_bytes(contents)
    failed(drill, drill.run(), "does not match its checksum")
    assert drill.api.data["dump"] == dump.name
    assert verdict(drill.api).startswith("FAILED")


def test_another_key(drill: Drill) -> None:
    failed(drill, drill.run(FORAIL_SECRET_KEY="another"), "the backup was made under the key with fingerprint")


def test_a_credential_of_another_key(drill: Drill) -> None:
    dump = drill.newest
    text = gzip.decompress(dump.read_bytes())
    stored = re.search(rb"(?<=AESCBC\$)[A-Za-z0-9_=-]+", text)
    assert stored is not None
    reseal(dump, gzip.compress(text.replace(stored[0], stored[0][::-1])))
    failed(drill, drill.run(), "1 of 1 encrypted values do not decrypt with FORAIL_SECRET_KEY")


@pytest.mark.parametrize("there", ["nothing", "one of the future", "a half one"])
def test_no_dump(drill: Drill, there: str) -> None:
    dump = renamed(drill.newest, datetime.now(UTC) + timedelta(days=1))
    if there != "one of the future":
        dump.unlink()
    if there == "a half one":
        (drill.folder / "forail-20260101T000000Z.sql.gz.partial").touch()
    failed(drill, drill.run(), f"there is no dump in {drill.folder}")
    assert "dump" not in drill.api.data


def ended(process: subprocess.Popen[str]) -> subprocess.CompletedProcess[str]:
    """What the kubelet does when the Job's deadline has passed."""
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=60)
    assert "Killed" not in errors
    return subprocess.CompletedProcess([], process.returncode, "", errors)


def test_a_run_that_hangs_and_is_ended_by_its_deadline(drill: Drill, tmp_path: Path) -> None:
    started = tmp_path / "started"
    # It ignores TERM, as what hangs in the kernel would.
    stand_in(tmp_path / "bin", "load", f"#!/bin/bash\ntrap '' TERM\necho $$ >{started}\nsleep 600 & wait; wait\n")
    process = drill.start(LOAD=str(tmp_path / "bin" / "load"))
    wait_until(lambda: started.exists() and started.read_text() != "", "the load hangs")
    failed(drill, ended(process), f"ended while it was loading {drill.newest.name}: a drill may take 3600 s")
    assert process.returncode == 143
    hung = Path(f"/proc/{started.read_text().strip()}")
    wait_until(lambda: not hung.exists(), "what hung is gone")


def fetch(drill: Drill, store: Store, **changes: str) -> subprocess.CompletedProcess[str]:
    """The container beside the drill."""
    command = ["sh", OUTCOME, drill.fetched, "sh", FETCH, "newest", str(drill.folder)]
    return run(command, Copying(drill.folder, store, drill.folder.parent).variables(**changes))


@pytest.fixture(scope="module")
def stored(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store that has the site's dump."""
    folder = tmp_path_factory.mktemp("s3")
    with s3_server(folder) as (port, root):
        (root / "bucket").mkdir()
        store = Store(s3_environment(port, "bucket/forail"), root / "bucket" / "forail")
        copied = Copying(site.folder, store, folder).copy()
        assert copied.returncode == 0, copied.stderr
        yield store


@pytest.fixture
def remote(drill: Drill) -> Drill:
    """Without a dump before the store gives one."""
    shutil.rmtree(drill.folder)
    drill.folder.mkdir()
    return drill


def test_the_dump_comes_from_the_store_while_the_drill_waits(remote: Drill, stored: Store) -> None:
    process = remote.start(DRILL_FETCHED=remote.fetched)
    assert fetch(remote, stored).returncode == 0
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    assert (remote.api.data["result"], remote.api.data["dump"]) == ("succeeded", remote.newest.name)


def test_a_wrong_credential_of_the_store(remote: Drill, stored: Store) -> None:
    assert fetch(remote, stored, RCLONE_CONFIG_STORE_SECRET_ACCESS_KEY="wrong-and-secret").returncode == 1
    because = "the newest dump cannot be brought from the store: fetch: "
    failed(remote, remote.run(DRILL_FETCHED=remote.fetched), because)
    assert "refuses the credentials" in remote.api.data["reason"]
    assert "wrong-and-secret" not in remote.api.data["reason"]


def test_an_empty_store(remote: Drill, stored: Store) -> None:
    assert fetch(remote, stored, COPIES_PATH="bucket/elsewhere").returncode == 1
    failed(remote, remote.run(DRILL_FETCHED=remote.fetched), "there is no dump in store:bucket/elsewhere")


def test_a_flipped_byte_in_the_store(remote: Drill, stored: Store) -> None:
    (dump,) = stored.files.glob("*.sql.gz")
    contents = bytearray(dump.read_bytes())
    contents[len(contents) // 2] ^= 0x01
    flipped = stored.files.with_name("flipped")
    shutil.copytree(stored.files, flipped)
    (flipped / dump.name).write_bytes(contents)
    assert fetch(remote, stored, COPIES_PATH="bucket/flipped").returncode == 1
    failed(remote, remote.run(DRILL_FETCHED=remote.fetched), "does not match its checksum: the copy is damaged")


def test_a_fetch_that_hangs(remote: Drill) -> None:
    process = remote.start(DRILL_FETCHED=remote.fetched)
    assert process.stderr is not None
    assert process.stderr.readline() == "drill: waiting for the newest dump from the store\n"
    failed(remote, ended(process), "ended while it was waiting for the newest dump from the store")


def test_what_was_killed_leaves_the_old_report_to_expire(api: ApiServer) -> None:
    assert written(api, "result=succeeded\nreason=it was restored\n").returncode == 0
    assert verdict(api).startswith("good")
    api.data["validUntil"] = f"{datetime.now(UTC) - timedelta(seconds=1):%Y-%m-%dT%H:%M:%SZ}"
    assert verdict(api).startswith("FAILED: no drill has ended since")


def test_what_never_ran_has_failed(api: ApiServer) -> None:
    api.data = {"result": "never ran", "reason": "no drill has ended since backups.drill is on"}
    assert verdict(api) == "FAILED: no drill has ended since backups.drill is on"


def test_a_dump_that_was_cut_and_sealed_again(drill: Drill) -> None:
    dump = drill.newest
    text = gzip.decompress(dump.read_bytes())
    reseal(dump, gzip.compress(text[: text.index(b"inventory\\t150")]))
    outcome = drill.run()
    failed(drill, outcome, "the restore failed")
    # The server quotes the line in its log; the report is read by more people.
    assert "inventory" not in drill.api.data["reason"].replace("main_inventory", "")


def test_a_row_that_was_lost(drill: Drill) -> None:
    meta = Path(f"{drill.newest}.meta")
    meta.write_text(meta.read_text().replace("rows.main_inventory=300", "rows.main_inventory=301"))
    failed(drill, drill.run(), "table main_inventory has 300 rows, the backup was made with 301")
    assert "rows" not in drill.api.data


def test_a_dump_of_a_newer_release(drill: Drill, tmp_path: Path) -> None:
    older = script(tmp_path / "older", Image((Migration("main", "0001_initial"), Migration("sso", "0999_other"))))
    failed(drill, drill.run(**older), "it does not know main.0210_rls_nullif_cast")


def test_a_dump_of_a_newer_server(drill: Drill) -> None:
    meta = Path(f"{drill.newest}.meta")
    meta.write_text(re.sub(r"server_version=.*", "server_version=42.1 (Debian)", meta.read_text()))
    failed(drill, drill.run(), "the dump is of PostgreSQL 42.1 (Debian) and the throw-away server is 15")
    assert "set images.postgres.tag" in drill.api.data["reason"]


def test_no_dump_since_days(drill: Drill) -> None:
    renamed(drill.newest, datetime.now(UTC) - timedelta(hours=60))
    failed(drill, drill.run(DRILL_DUMP_AGE_SECONDS=str(59 * 3600)), "can be restored, and it is 60 h old")
    assert drill.api.data["credentials"] == "1"


def test_a_server_that_never_comes(drill: Drill, tmp_path: Path) -> None:
    waits = {"DATABASE_WAIT_SECONDS": "0"}
    failed(drill, drill.run(DRILL_SERVER_DIR=str(tmp_path), **waits), "the throw-away server does not start")
    failed(
        drill, drill.run(DATABASE_PORT="1", **waits), "the throw-away server cannot be used: database: no PostgreSQL"
    )


def test_an_application_that_does_not_start(drill: Drill, tmp_path: Path) -> None:
    stand_in(tmp_path / "broken", "forail-manage", "#!/bin/bash\necho 'ImportError: no module' >&2\nexit 1\n")
    outcome = drill.run(PATH=drill.site.with_stand_in(tmp_path / "broken"))
    failed(drill, outcome, "the application cannot say which migrations it knows (exit 1): ImportError: no module")


@pytest.mark.parametrize("name", ["FORAIL_SECRET_KEY", "DATABASE_NAME", "DRILL_SERVER_DIR"])
def test_a_missing_variable(drill: Drill, name: str) -> None:
    failed(drill, drill.run(**{name: ""}), f"environment variable {name} is missing or empty")


def test_a_report_that_is_refused_fails_the_job(drill: Drill) -> None:
    before = dict(drill.api.data)
    outcome = drill.run(DRILL_REPORT="another")
    assert outcome.returncode == 1
    assert 'report: the API server refuses the ConfigMap forail/another: 403 configmaps "another"' in outcome.stderr
    assert "drill: succeeded, and that could not be reported" in outcome.stderr
    assert drill.api.data == before


def written(api: ApiServer, lines: str, **changes: str) -> subprocess.CompletedProcess[str]:
    return run(["python3", REPORT], api.environment() | changes, lines)


def test_a_report_is_tried_again_where_the_api_server_is_away(api: ApiServer) -> None:
    api.down = [503, 429]
    outcome = written(api, "result=failed\nreason=a = b \u2028\u0085 c\n")
    assert outcome.returncode == 0, outcome.stderr
    assert api.data["reason"] == "a = b \u2028\u0085 c"
    assert len(api.seen) == 3
    api.down = [500, 500, 500]
    outcome = written(api, "result=succeeded\n")
    assert (outcome.returncode, api.data["result"]) == (1, "failed")
    assert outcome.stderr == "report: the API server cannot be reached: OSError: the API server answers 500\n"


def test_a_token_that_has_run_out_is_refused_and_not_shown(api: ApiServer) -> None:
    (api.folder / "token").write_text("expired")
    outcome = written(api, "result=failed\n")
    assert (outcome.returncode, api.data) == (1, {"result": "never ran"})
    assert "401 Unauthorized" in outcome.stderr
    assert "expired" not in outcome.stderr


def test_a_report_trusts_only_the_clusters_ca(api: ApiServer, tmp_path: Path) -> None:
    with running_api(tmp_path / "other") as other:
        outcome = written(api, "result=succeeded\n", KUBERNETES_SERVICE_PORT=str(other.port))
    assert outcome.returncode == 1
    assert "the API server is not the cluster's own: " in outcome.stderr
    assert other.seen == []


@pytest.mark.parametrize(
    ("lines", "changes", "message"),
    [
        ("reason=x\n", {}, "result must be succeeded or failed"),
        ("result=fine\n", {}, "result must be succeeded or failed"),
        ("result=failed\npassword=x\n", {}, "unknown keys: ['password']"),
        ("result=failed\n", {"DRILL_VALID_SECONDS": ""}, "DRILL_VALID_SECONDS is missing or empty"),
        ("result=failed\n", {"MY_POD_NAMESPACE": ""}, "MY_POD_NAMESPACE is missing or empty"),
        ("result=failed\n", {"SERVICE_ACCOUNT_DIR": "/nowhere"}, "/nowhere has no usable token and ca.crt"),
    ],
)
def test_what_cannot_be_reported_is_said(api: ApiServer, lines: str, changes: dict[str, str], message: str) -> None:
    outcome = written(api, lines, **changes)
    assert outcome.returncode == 1
    assert outcome.stderr.startswith("report: ")
    assert message in outcome.stderr
    assert api.data == {"result": "never ran"}


def test_a_long_reason_is_cut_and_old_facts_go(api: ApiServer) -> None:
    api.data = {"result": "succeeded", "rows": "12"}
    assert written(api, f"result=failed\nreason={'x' * 5000}\n").returncode == 0
    assert len(api.data["reason"]) == 2000
    assert "rows" not in api.data


def test_the_throwaway_server_trusts_nobody_and_listens_only_inside_the_pod(throwaway: Throwaway) -> None:
    assert throwaway.sql("SHOW listen_addresses") == ["127.0.0.1"]
    password = throwaway.shared / "password"
    assert (len(password.read_text()), password.stat().st_mode & 0o777) == (64, 0o600)
    login = {"PGHOST": "127.0.0.1", "PGPORT": str(throwaway.port), "PGUSER": "postgres", "PGPASSWORD": "guess"}
    refused = run(["psql", "-Xc", "SELECT 1", "-d", "postgres"], login)
    assert "password authentication failed" in refused.stderr


def test_a_throwaway_server_that_crashed_keeps_its_password(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    folder = Path(tempfile.mkdtemp(prefix="forail-drill-"))
    folder.chmod(0o755)
    try:
        with running_throwaway(folder, "-c", "max_locks_per_transaction=1024") as first:
            password = (first.shared / "password").read_text()
            assert first.sql("SHOW max_locks_per_transaction") == ["1024"]
        with running_throwaway(folder) as second:
            assert second.sql("SELECT 1") == ["1"]
            assert (second.shared / "password").read_text() == password
    finally:
        shutil.rmtree(folder)


def test_the_programs_of_the_servers_and_rclones_images_are_enough(tmp_path: Path) -> None:
    """They are Alpine's: busybox, and no other shell or od."""
    programs = tmp_path / "programs"
    programs.mkdir()
    run([program("busybox", "busybox"), "--install", "-s", str(programs)])
    stand_in(programs, "docker-entrypoint.sh", '#!/bin/bash\necho "$@" ${#POSTGRES_PASSWORD_FILE}\n')
    variables = {"PATH": str(programs), "THROWAWAY_DIR": str(tmp_path)}
    shell, ended = str(programs / "sh"), tmp_path / "outcome"
    outcome = run([shell, OUTCOME, str(ended), shell, THROWAWAY, "-c", "a=b"], variables)
    assert outcome.returncode == 0, outcome.stderr
    assert outcome.stdout.startswith("postgres -c listen_addresses=127.0.0.1 ")
    assert outcome.stdout.endswith(f" -c a=b {len(str(tmp_path / 'password'))}\n")
    assert re.fullmatch("[0-9a-f]{64}", (tmp_path / "password").read_text())
    assert ended.read_text() == "0\n"


def test_a_throwaway_server_without_its_folder_is_refused(tmp_path: Path) -> None:
    for folder in ("", str(tmp_path / "missing")):
        outcome = run(["sh", THROWAWAY], {"THROWAWAY_DIR": folder})
        assert outcome.returncode == 1
        assert "THROWAWAY_DIR is not a folder that can be written" in outcome.stderr


def test_the_outcome_of_a_command_waits_in_a_file(tmp_path: Path) -> None:
    outcome = tmp_path / "fetched"
    ended = run(["sh", OUTCOME, str(outcome), "sh", "-c", "echo first >&2; echo 'the last: $x' >&2; echo >&2; exit 7"])
    assert (ended.returncode, outcome.read_text()) == (7, "7\nthe last: $x\n")
    assert "first" in ended.stderr
    ended = run(["sh", OUTCOME, str(outcome), "true"])
    assert (ended.returncode, outcome.read_text()) == (0, "0\n")
    ended = run(["sh", OUTCOME, str(outcome), "/nowhere"])
    assert ended.returncode == 127
    assert outcome.read_text().startswith("127\n")
    assert run(["sh", OUTCOME]).returncode == 1
