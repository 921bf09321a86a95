"""backup/drill.sh: it restores the newest dump into a throw-away server, and whatever is wrong is in its report."""

import gzip
import json
import os
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

from tests.files.backups import SECRET_KEY, make_site
from tests.files.drills import (
    DRILL,
    REPORT,
    THROWAWAY,
    TOKEN,
    WEEK,
    Drill,
    Throwaway,
    running_api,
    running_throwaway,
)
from tests.files.forail_double.manage import Image, Migration, script
from tests.files.postgres_server import PostgresServer
from tests.files.programs import run, stand_in, wait_until
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


@pytest.fixture
def empty(postgres: PostgresServer, throwaway: Throwaway, tmp_path: Path) -> Generator[Drill]:
    """Before the first dump."""
    name = f"drill_{uuid4().hex}"
    site = make_site(postgres, name, tmp_path / "backups")
    (tmp_path / "tmp").mkdir()
    with running_api(tmp_path / "account") as api:
        yield Drill(site, throwaway, api, tmp_path / "tmp")
    postgres.sql(f"DROP DATABASE {name} WITH (FORCE)")
    throwaway.sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@pytest.fixture
def drill(empty: Drill) -> Drill:
    outcome = empty.site.backup()
    assert outcome.returncode == 0, outcome.stderr
    return empty


def newest(drill: Drill) -> Path:
    return drill.site.dumps()[-1]


def failed(drill: Drill, outcome: subprocess.CompletedProcess[str], because: str) -> None:
    """The Job fails and the report says why; nobody learns a secret from either."""
    assert outcome.returncode != 0
    assert drill.api.data["result"] == "failed"
    assert because in drill.api.data["reason"], drill.api.data
    assert not list(drill.temporary.iterdir())
    told = json.dumps(drill.api.data) + outcome.stdout + outcome.stderr
    assert not [secret for secret in (SECRET_KEY, TOKEN, "open sesame") if secret in told]


def verdict(drill: Drill) -> str:
    """What the command of docs/operations.md says to the report."""
    [question] = re.findall(r"get configmap forail-backup-drill -o json \|\s+jq -r '([^']+)'", PAGE)
    answer = run(["jq", "-r", question], standard_input=json.dumps({"data": drill.api.data}))
    assert answer.returncode == 0, answer.stderr
    return answer.stdout.strip()


def test_a_good_dump_is_restored_and_reported(drill: Drill) -> None:
    before = drill.site.contents()
    outcome = drill.run()
    assert outcome.returncode == 0, outcome.stderr
    report, dump = drill.api.data, newest(drill)
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
    assert drill.site.contents() == before
    assert not list(drill.temporary.iterdir())
    assert verdict(drill).startswith("good")


def test_a_second_drill_takes_the_newest_dump(drill: Drill) -> None:
    assert drill.run().returncode == 0
    drill.site.sql("DELETE FROM main_jobevent")
    assert drill.site.backup().returncode == 0
    assert drill.run().returncode == 0
    assert (drill.api.data["dump"], drill.api.data["rows"]) == (newest(drill).name, "307")


def test_nothing_is_written_beside_the_dumps(drill: Drill) -> None:
    drill.site.folder.chmod(0o555)
    before = sorted(drill.site.folder.iterdir())
    assert drill.run().returncode == 0
    assert sorted(drill.site.folder.iterdir()) == before


def test_a_dump_of_the_future_is_passed_over(drill: Drill) -> None:
    (drill.site.folder / "forail-20990101T000000Z.sql.gz").touch()
    assert drill.run().returncode == 0
    assert drill.api.data["dump"] == drill.site.dumps()[0].name


# The five sabotages of the dump, the key, the run and the store, and what else can be wrong.


def test_a_flipped_byte(drill: Drill) -> None:
    dump = newest(drill)
    contents = bytearray(dump.read_bytes())
    contents[len(contents) // 2] ^= 0x01
    dump.write_bytes(contents)
    failed(drill, drill.run(), "does not match its checksum")
    assert drill.api.data["dump"] == dump.name
    assert verdict(drill).startswith("FAILED")


def test_another_key(drill: Drill) -> None:
    failed(drill, drill.run(FORAIL_SECRET_KEY="another"), "the backup was made under the key with fingerprint")


def test_a_credential_of_another_key(drill: Drill) -> None:
    drill.site.store_credential("another key")
    assert drill.site.backup().returncode == 0
    failed(drill, drill.run(), "1 of 2 encrypted values do not decrypt with FORAIL_SECRET_KEY")


def test_no_dump(empty: Drill) -> None:
    failed(empty, empty.run(), f"there is no dump in {empty.site.folder}")
    assert "dump" not in empty.api.data


def test_only_a_dump_of_the_future(empty: Drill) -> None:
    (empty.site.folder / "forail-20990101T000000Z.sql.gz").touch()
    failed(empty, empty.run(), "there is no dump")


def test_a_run_that_hangs_and_is_ended_by_its_deadline(drill: Drill, tmp_path: Path) -> None:
    started = tmp_path / "started"
    # It ignores TERM, as what hangs in the kernel would.
    stand_in(tmp_path / "bin", "load", f"#!/bin/bash\ntrap '' TERM\necho $$ >{started}\nsleep 600 & wait; wait\n")
    variables = {"PATH": os.environ["PATH"], **drill.environment, "LOAD": str(tmp_path / "bin" / "load")}
    process = subprocess.Popen(["bash", DRILL], env=variables, stderr=subprocess.PIPE, text=True)
    wait_until(lambda: started.exists() and started.read_text() != "", "the load hangs")
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=60)
    outcome = subprocess.CompletedProcess([], process.returncode, "", errors)
    failed(drill, outcome, f"ended while it was loading {newest(drill).name}: a drill may take 3600 s")
    assert process.returncode == 143
    hung = Path(f"/proc/{started.read_text().strip()}")
    wait_until(lambda: not hung.exists(), "what hung is gone")


def test_what_was_killed_leaves_the_old_report_to_expire(drill: Drill) -> None:
    assert drill.run().returncode == 0
    drill.api.data["validUntil"] = f"{datetime.now(UTC) - timedelta(seconds=1):%Y-%m-%dT%H:%M:%SZ}"
    assert verdict(drill).startswith("FAILED: no drill has ended since")


def test_what_never_ran_has_failed(empty: Drill) -> None:
    empty.api.data |= {"result": "never ran", "reason": "no drill has ended since backups.drill is on"}
    assert verdict(empty) == "FAILED: no drill has ended since backups.drill is on"


def test_a_dump_that_was_cut_and_sealed_again(drill: Drill) -> None:
    dump = newest(drill)
    text = gzip.decompress(dump.read_bytes())
    reseal(dump, gzip.compress(text[: text.index(b"inventory\\t150")]))
    outcome = drill.run()
    failed(drill, outcome, "the restore failed")
    # The server quotes the line in its log; the report is read by more people.
    assert "inventory" not in drill.api.data["reason"].replace("main_inventory", "")


def test_a_row_that_was_lost(drill: Drill) -> None:
    meta = Path(f"{newest(drill)}.meta")
    meta.write_text(meta.read_text().replace("rows.main_inventory=300", "rows.main_inventory=301"))
    failed(drill, drill.run(), "table main_inventory has 300 rows, the backup was made with 301")
    assert "rows" not in drill.api.data


def test_a_dump_of_a_newer_release(drill: Drill, tmp_path: Path) -> None:
    older = script(tmp_path / "older", Image((Migration("main", "0001_initial"), Migration("sso", "0999_other"))))
    failed(drill, drill.run(**older), "it does not know main.0210_rls_nullif_cast")


def test_a_dump_of_a_newer_server(drill: Drill) -> None:
    meta = Path(f"{newest(drill)}.meta")
    meta.write_text(re.sub(r"server_version=.*", "server_version=42.1 (Debian)", meta.read_text()))
    failed(drill, drill.run(), "the dump is of PostgreSQL 42.1 (Debian) and the throw-away server is 15")
    assert "set images.postgres.tag" in drill.api.data["reason"]


def test_no_dump_since_days(drill: Drill) -> None:
    dump = newest(drill)
    old = f"{datetime.now(UTC) - timedelta(hours=60):%Y%m%dT%H%M%SZ}"
    for suffix in ("", ".meta", ".sha256"):
        Path(f"{dump}{suffix}").rename(drill.site.folder / f"forail-{old}.sql.gz{suffix}")
    assert drill.run().returncode == 0
    assert drill.run(DRILL_DUMP_AGE_SECONDS=str(61 * 3600)).returncode == 0
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
    (drill.api.folder / "token").write_text("expired")
    assert drill.run().returncode == 1
    assert drill.api.data == before


def written(drill: Drill, lines: str, **changes: str) -> subprocess.CompletedProcess[str]:
    return run(["python3", REPORT], drill.environment | changes, lines)


def test_a_report_is_tried_again_where_the_api_server_is_away(empty: Drill) -> None:
    empty.api.down = [503, 429]
    outcome = written(empty, "result=failed\nreason=a = b \u2028\u0085 c\n")
    assert outcome.returncode == 0, outcome.stderr
    assert empty.api.data["reason"] == "a = b \u2028\u0085 c"
    assert len(empty.api.seen) == 3
    empty.api.down = [500, 500, 500]
    outcome = written(empty, "result=succeeded\n")
    assert (outcome.returncode, empty.api.data["result"]) == (1, "failed")
    assert outcome.stderr == "report: the API server cannot be reached: OSError: the API server answers 500\n"


def test_a_report_trusts_only_the_clusters_ca(empty: Drill, tmp_path: Path) -> None:
    with running_api(tmp_path / "other") as other:
        outcome = written(empty, "result=succeeded\n", KUBERNETES_SERVICE_PORT=str(other.port))
    assert outcome.returncode == 1
    assert "CERTIFICATE_VERIFY_FAILED" in outcome.stderr
    assert other.seen == []


@pytest.mark.parametrize(
    ("lines", "changes", "message"),
    [
        ("reason=x\n", {}, "result must be succeeded or failed"),
        ("result=fine\n", {}, "result must be succeeded or failed"),
        ("result=failed\npassword=x\n", {}, "unknown keys: ['password']"),
        ("result=failed\n", {"DRILL_VALID_SECONDS": ""}, "DRILL_VALID_SECONDS is missing or empty"),
        ("result=failed\n", {"MY_POD_NAMESPACE": ""}, "MY_POD_NAMESPACE is missing or empty"),
        ("result=failed\n", {"SERVICE_ACCOUNT_DIR": "/nowhere"}, "FileNotFoundError"),
    ],
)
def test_what_cannot_be_reported_is_said(empty: Drill, lines: str, changes: dict[str, str], message: str) -> None:
    outcome = written(empty, lines, **changes)
    assert outcome.returncode == 1
    assert outcome.stderr.startswith("report: ")
    assert message in outcome.stderr
    assert empty.api.data == {"result": "never ran"}


def test_a_long_reason_is_cut_and_old_facts_go(empty: Drill) -> None:
    empty.api.data = {"result": "succeeded", "rows": "12"}
    assert written(empty, f"result=failed\nreason={'x' * 5000}\n").returncode == 0
    assert len(empty.api.data["reason"]) == 2000
    assert "rows" not in empty.api.data


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


def test_a_throwaway_server_without_its_folder_is_refused(tmp_path: Path) -> None:
    for folder in ("", str(tmp_path / "missing")):
        outcome = run(["sh", THROWAWAY], {"THROWAWAY_DIR": folder})
        assert outcome.returncode == 1
        assert "THROWAWAY_DIR is not a folder that can be written" in outcome.stderr
