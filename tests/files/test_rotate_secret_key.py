"""secret_key/rotate.sh against a real PostgreSQL: one key for everything, whenever it is killed; a dump comes first."""

import hashlib
import os
import shutil
import signal
import subprocess
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest

from components.application.secret_key_change import FILES as MOUNTED
from tests.files.api_server import PULUMI, Cluster, api_server
from tests.files.backups import BACKUP, SECRET_KEY, Site, make_site
from tests.files.forail_double.encryption import encrypt
from tests.files.postgres_server import PostgresServer
from tests.files.programs import FILES, at_command, run, stand_in, wait_until
from tests.files.test_backup import decrypted

NEW, OLDEST = "the-new-key-of-the-platform", "the-oldest-key-of-the-platform"
STEPS = ["quiesce", "backup", "re-encrypt"]
MARKER = "FORAIL_STACK_SECRET_KEY_FINGERPRINT"
UP = {"deployments/forail-web": 2, "deployments/forail-task": 1}
DOWN = {"deployments/forail-web": 0, "deployments/forail-task": 0}


@dataclass
class Platform:
    """A platform under a former key, and the init Job's pod with the new one."""

    site: Site
    cluster: Cluster
    folder: Path
    environment: dict[str, str]

    def rotate(self, **changes: str) -> subprocess.CompletedProcess[str]:
        """One run of the step, to its end."""
        return run(["bash", str(self.folder / "rotate.sh")], self.environment | changes)

    def at(self, step: str, action: str) -> subprocess.CompletedProcess[str]:
        """The same, where bash does something before a step begins."""
        return self.rotate(**at_command(self.folder.parent / "hook", f"step {step} ", action))

    def readable(self, key: str) -> bool:
        """Whether this key reads everything that is stored."""
        return self.site.check_credentials(key).returncode == 0

    def recorded(self) -> list[str]:
        """The fingerprint of the key in the database."""
        return self.site.sql(f"SELECT value #>> '{{}}' FROM conf_setting WHERE key = '{MARKER}'")


def fingerprint(key: str) -> str:
    """As the database has it."""
    return hashlib.sha256(key.encode()).hexdigest()[:12]


def with_marker(site: Site) -> None:
    """A setting that is encrypted with the key, and the key's fingerprint, as the init Job records it."""
    site.sql("CREATE TABLE conf_setting (id serial PRIMARY KEY, key text, value jsonb)")
    secret = encrypt("of a setting", "value", 1, SECRET_KEY)
    site.sql(f"INSERT INTO conf_setting (key, value) VALUES ('LOGIN_SECRET', to_jsonb('{secret}'::text))")
    site.sql(f"INSERT INTO conf_setting (key, value) VALUES ('{MARKER}', to_jsonb('{fingerprint(SECRET_KEY)}'::text))")


@pytest.fixture
def platform(postgres: PostgresServer, tmp_path: Path) -> Generator[Platform]:
    name = f"rotate_{uuid4().hex[:12]}"
    site = make_site(postgres, name, tmp_path / "backups")
    with_marker(site)
    folder = tmp_path / "mounted"
    folder.mkdir()
    for file in MOUNTED:
        shutil.copy(FILES / file.source, folder / Path(file.path).name)
    with api_server(tmp_path / "account") as cluster:
        given = site.environment | cluster.environment()
        keys = {
            "FORAIL_SECRET_KEY": NEW,
            "FORAIL_SECRET_KEY_FORMER_1": SECRET_KEY,
            "FORAIL_SECRET_KEY_FORMER_2": OLDEST,
        }
        own = {"FORAIL_ROTATION_QUIESCE_SECONDS": "60", "FORAIL_ROTATION_BACKUP": BACKUP, "FORAIL_API_RETRIES": "2"}
        yield Platform(site, cluster, folder, given | keys | own)
    postgres.sql(f"DROP DATABASE {name} WITH (FORCE)")


def test_everything_has_the_new_key_and_a_dump_with_the_former_one_is_there(platform: Platform) -> None:
    outcome = platform.rotate()
    assert outcome.returncode == 0, outcome.stderr
    assert "2 values were read with it" in outcome.stdout
    assert platform.readable(NEW)
    assert not platform.readable(SECRET_KEY)
    assert platform.recorded() == [fingerprint(NEW)]
    # Pods with the former key must not come back; `up` gives web and task the new one.
    assert platform.cluster.replicas() == DOWN
    assert platform.cluster.managers() == {PULUMI["manager"]}
    [dump] = platform.site.dumps()
    assert hashlib.sha256(SECRET_KEY.encode()).hexdigest()[:16] in Path(f"{dump}.meta").read_text()
    said = outcome.stdout + outcome.stderr
    assert not [key for key in (NEW, SECRET_KEY, OLDEST) if key in said]
    # Once more, with each init Job.
    again = platform.rotate()
    assert (again.returncode, len(platform.site.dumps())) == (0, 1), again.stderr
    assert "what is stored is stored under this key" in again.stderr


def test_a_dump_from_before_is_taken_and_then_has_the_new_key(platform: Platform) -> None:
    assert platform.rotate().returncode == 0
    [dump] = platform.site.dumps()
    loaded = run(["bash", str(FILES / "backup" / "load.sh"), str(dump)], platform.environment)
    assert loaded.returncode == 0, loaded.stderr
    assert "credentials: 1 encrypted values decrypt" in loaded.stdout
    assert platform.readable(SECRET_KEY)
    outcome = run(["bash", str(platform.folder / "reencrypt.sh")], platform.environment)
    assert outcome.returncode == 0, outcome.stderr
    assert platform.readable(NEW)


def test_a_dump_by_a_pod_that_has_the_new_key_first_is_of_the_former_one(platform: Platform) -> None:
    """The backup before an upgrade in the same `up`, or the nightly one after a rotation that failed."""
    passphrase = "correct horse battery staple"
    outcome = platform.site.backup(**platform.environment, BACKUP_KEY_PASSPHRASE=passphrase)
    assert outcome.returncode == 0, outcome.stderr
    [dump] = platform.site.dumps()
    made_under = f"secret_key_sha256_16={hashlib.sha256(SECRET_KEY.encode()).hexdigest()[:16]}"
    assert made_under in Path(f"{dump}.meta").read_text().splitlines()
    assert decrypted(Path(f"{dump}.key.enc"), passphrase) == SECRET_KEY.encode()
    # Otherwise its credentials would be asked for with the new key, and it could never be restored.
    loaded = run(["bash", str(FILES / "backup" / "load.sh"), str(dump)], platform.environment)
    assert loaded.returncode == 0, loaded.stderr


def test_a_database_of_a_key_that_the_pod_has_not_is_not_dumped_under_another(platform: Platform) -> None:
    """A web pod that was started before a rotation, say."""
    outcome = platform.site.backup(FORAIL_SECRET_KEY="somebody's")
    assert outcome.returncode == 1
    assert f"are stored under the key with fingerprint {fingerprint(SECRET_KEY)}" in outcome.stderr
    assert "somebody's" not in outcome.stderr
    assert platform.site.files() == []


def test_a_key_that_changes_during_a_dump_leaves_no_dump_of_either(platform: Platform, tmp_path: Path) -> None:
    real = shutil.which("pg_dump")
    change = f"UPDATE conf_setting SET value = to_jsonb('{fingerprint(NEW)}'::text) WHERE key = '{MARKER}'"
    stand_in(tmp_path / "bin", "pg_dump", f'#!/bin/bash\n{real} "$@" && psql -Xqc "{change}" >&2\n')
    outcome = platform.site.backup(**platform.environment | {"PATH": platform.site.with_stand_in(tmp_path / "bin")})
    assert outcome.returncode == 1
    assert "the encryption key was changed during the dump" in outcome.stderr
    assert platform.site.files() == []


def test_killed_before_each_step_the_next_run_makes_it_good(platform: Platform) -> None:
    for step in STEPS:
        killed = platform.at(step, "kill -KILL $$")
        assert killed.returncode == -signal.SIGKILL, killed.stderr
        assert platform.readable(SECRET_KEY), step
    assert platform.rotate().returncode == 0
    assert platform.readable(NEW)
    assert platform.recorded() == [fingerprint(NEW)]


def test_told_to_end_before_a_step_it_leaves_a_running_platform(platform: Platform) -> None:
    for step in STEPS:
        ended = platform.at(step, "kill -TERM $$")
        assert ended.returncode == 143, ended.stderr
        assert "the stored secrets have the key that they had" in ended.stderr
        assert platform.cluster.replicas() == UP
        assert platform.readable(SECRET_KEY), step


# Before what it is put in front of: says that it has begun, and goes on when it is told to.
WAITING = """
import os, pathlib, time
if os.environ["REENCRYPT"] == "apply":
    pathlib.Path({begun!r}).write_text(str(os.getpid()))
    while not pathlib.Path({go!r}).exists():
        time.sleep(0.02)
"""


def runs(process: int) -> bool:
    """Whether there is such a process; one that has ended and was not waited for does not count."""
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes() != b""
    except OSError:
        return False


def test_told_to_end_while_it_stores_no_process_is_left_that_could_commit(platform: Platform, tmp_path: Path) -> None:
    """Web and task have come back with the former key by then."""
    begun = tmp_path / "begun"
    source = platform.folder / "reencrypt.py"
    source.write_text(WAITING.format(begun=str(begun), go=str(tmp_path / "go")) + source.read_text())
    process = subprocess.Popen(
        ["bash", str(platform.folder / "rotate.sh")],
        env={"LANG": "C.UTF-8", **platform.environment},
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    wait_until(lambda: begun.exists() and begun.read_text() != "", "the values are being stored")
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=60) == 143
    left = runs(int(begun.read_text()))
    (tmp_path / "go").touch()
    assert not left
    assert platform.cluster.replicas() == UP
    assert platform.readable(SECRET_KEY)


def test_a_backup_that_runs_is_waited_for_before_anybody_is_taken_away(platform: Platform, tmp_path: Path) -> None:
    stand_in(tmp_path / "bin", "flock", "#!/bin/sh\nexit 1\n")
    outcome = platform.rotate(PATH=f"{tmp_path}/bin{os.pathsep}{platform.environment['PATH']}")
    assert outcome.returncode == 1
    assert "the step 'wait for other backups and restores, an hour at most' failed" in outcome.stderr
    assert not [request for request in platform.cluster.requests if request.startswith("PATCH")]


def test_without_the_claim_nobody_is_taken_away(platform: Platform) -> None:
    outcome = platform.rotate(BACKUP_DIR="/absent")
    assert outcome.returncode == 1
    assert "mount the backups claim at /absent" in outcome.stderr
    assert not [request for request in platform.cluster.requests if request.startswith("PATCH")]


def test_a_backup_that_fails_changes_nothing(platform: Platform, tmp_path: Path) -> None:
    stand_in(tmp_path / "bin", "pg_dump", "#!/bin/sh\nexit 1\n")
    outcome = platform.rotate(PATH=f"{tmp_path}/bin{os.pathsep}{platform.environment['PATH']}")
    assert outcome.returncode == 1
    assert "the step 'backup' failed" in outcome.stderr
    assert platform.readable(SECRET_KEY)
    assert platform.cluster.replicas() == UP


def test_what_no_key_opens_is_refused_before_anything_is_taken_away(platform: Platform) -> None:
    outcome = platform.rotate(FORAIL_SECRET_KEY_FORMER_1="neither", FORAIL_SECRET_KEY_FORMER_2="nor")
    assert outcome.returncode == 1
    assert "no key opens what this database stores" in outcome.stderr
    assert platform.cluster.replicas() == UP


@pytest.mark.parametrize("seconds", ["", "0", "soon"])
def test_a_wrong_time_is_refused(seconds: str) -> None:
    outcome = run(["bash", str(FILES / "secret_key" / "rotate.sh")], {"FORAIL_ROTATION_QUIESCE_SECONDS": seconds})
    assert outcome.returncode == 1
    assert "FORAIL_ROTATION_QUIESCE_SECONDS must be a whole number" in outcome.stderr
