"""backup/copy.sh by the pinned rclone, against servers that speak S3 and SFTP."""

import os
import signal
from collections.abc import Generator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from tests.files.programs import background, free_port, program, run, stand_in, wait_until
from tests.files.stores import (
    COPY,
    FETCH,
    PASSWORD,
    SECRET_KEY,
    Copying,
    Store,
    binary,
    companions,
    rclone,
    s3_environment,
    s3_server,
    sftp_server,
    write_dump,
)

DAY, HOUR, SECOND = timedelta(days=1), timedelta(hours=1), timedelta(seconds=1)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Generator[tuple[int, Path]]:
    with s3_server(tmp_path_factory.mktemp("s3")) as found:
        yield found


@pytest.fixture(scope="module")
def sftp(tmp_path_factory: pytest.TempPathFactory) -> Generator[Store]:
    with sftp_server(tmp_path_factory.mktemp("sftp")) as found:
        yield found


@pytest.fixture
def copying(server: tuple[int, Path], tmp_path: Path) -> Copying:
    port, root = server
    bucket = f"b-{uuid4().hex}"
    environment = s3_environment(port, f"{bucket}/forail")
    rclone("mkdir", f"store:{bucket}", **environment | {"RCLONE_CONFIG_STORE_NO_CHECK_BUCKET": "false"})
    (tmp_path / "dumps").mkdir()
    return Copying(tmp_path / "dumps", Store(environment, root / bucket / "forail"), tmp_path)


def test_every_dump_that_the_store_lacks_goes_there_with_its_companions(copying: Copying) -> None:
    first, second = write_dump(copying.dumps, 2 * DAY), write_dump(copying.dumps, DAY)
    outcome = copying.copy()
    assert outcome.returncode == 0, outcome.stderr
    assert copying.store.names() == companions(first, second)
    assert "copied 2 to store:" in outcome.stdout
    third = write_dump(copying.dumps, HOUR, encrypted_key=True)
    outcome = copying.copy()
    assert outcome.returncode == 0, outcome.stderr
    assert copying.store.names() == sorted([*companions(first, second, third), f"{third}.key.enc"])
    assert "copied 1 to store:" in outcome.stdout
    assert "2 were there" in outcome.stdout
    assert {(copying.dumps / name).read_bytes() for name in (first, second, third)} == {
        (copying.store.files / name).read_bytes() for name in (first, second, third)
    }


def test_a_password_is_obscured_and_what_arrived_read_back_where_there_is_no_checksum(
    sftp: Store, tmp_path: Path
) -> None:
    (tmp_path / "dumps").mkdir()
    copying = Copying(tmp_path / "dumps", sftp, tmp_path)
    dump = write_dump(copying.dumps, HOUR)
    outcome = copying.copy()
    assert outcome.returncode == 0, outcome.stderr
    assert sftp.names() == companions(dump)
    wrong = copying.copy(STORE_CLEAR_PASS="another")
    assert wrong.returncode == 1
    assert "refuses the credentials" in wrong.stderr
    assert PASSWORD not in outcome.stdout + outcome.stderr + wrong.stderr


def test_the_programs_of_rclones_image_are_enough(copying: Copying, tmp_path: Path) -> None:
    """It is Alpine's: busybox, and no other shell, date or stat."""
    programs = tmp_path / "programs"
    programs.mkdir()
    run([program("busybox", "busybox"), "--install", "-s", str(programs)])
    (programs / "rclone").symlink_to(binary("rclone"))
    old, new = write_dump(copying.dumps, 40 * DAY), write_dump(copying.dumps, HOUR)
    variables = copying.variables(PATH=str(programs), COPIES_RETENTION_DAYS="50")
    # Found again after another night: what is there already, and what is too old.
    for days, left in (("50", companions(old, new)), ("50", companions(old, new)), ("30", companions(new))):
        changes = {"COPIES_RETENTION_DAYS": days, "COPIES_RETENTION_COUNT": "1"}
        outcome = run([str(programs / "sh"), COPY], variables | changes)
        assert outcome.returncode == 0, outcome.stderr
        assert copying.store.names() == left
    (tmp_path / "to").mkdir()
    outcome = run([str(programs / "sh"), FETCH, "newest", str(tmp_path / "to")], variables)
    assert outcome.returncode == 0, outcome.stderr
    assert sorted(path.name for path in (tmp_path / "to").iterdir()) == companions(new)


def test_old_copies_go_and_the_newest_stay(copying: Copying) -> None:
    old = [write_dump(copying.dumps, days * DAY) for days in (90, 60, 50, 40)]
    outcome = copying.copy(COPIES_RETENTION_DAYS="365")
    assert outcome.returncode == 0, outcome.stderr
    for path in copying.dumps.iterdir():
        path.unlink()
    new = write_dump(copying.dumps, HOUR)
    outcome = copying.copy()
    assert outcome.returncode == 0, outcome.stderr
    # Of three that stay whatever their age two are old.
    assert copying.store.names() == companions(*old[2:], new)
    assert "deleted 2 that are older than 30 days" in outcome.stdout
    outcome = copying.copy(COPIES_RETENTION_COUNT="1")
    assert copying.store.names() == companions(new)


def test_a_copy_of_exactly_the_retentions_age_stays_and_an_older_one_goes(copying: Copying) -> None:
    younger = write_dump(copying.dumps, 30 * DAY - HOUR)
    older = write_dump(copying.dumps, 30 * DAY + 2 * SECOND)
    new = write_dump(copying.dumps, HOUR)
    assert copying.copy(COPIES_RETENTION_DAYS="31", COPIES_RETENTION_COUNT="1").returncode == 0
    assert older in copying.store.names()
    assert copying.copy(COPIES_RETENTION_COUNT="1").returncode == 0
    assert copying.store.names() == companions(younger, new)
    # It is still in the folder, and does not come back every night.
    outcome = copying.copy(COPIES_RETENTION_COUNT="1")
    assert "copied 0" in outcome.stdout
    assert copying.store.names() == companions(younger, new)


def test_a_name_of_the_future_takes_no_place_among_the_newest(copying: Copying) -> None:
    future = write_dump(copying.dumps, -2 * DAY)
    old = write_dump(copying.dumps, 40 * DAY)
    assert copying.copy(COPIES_RETENTION_DAYS="60", COPIES_RETENTION_COUNT="1").returncode == 0
    assert copying.copy(COPIES_RETENTION_COUNT="1").returncode == 0
    assert copying.store.names() == companions(future, old)


def test_a_dump_with_another_content_there_is_named_and_neither_is_changed(copying: Copying) -> None:
    dump, old = write_dump(copying.dumps, HOUR), write_dump(copying.dumps, 90 * DAY)
    assert copying.copy(COPIES_RETENTION_DAYS="100").returncode == 0
    before = (copying.store.files / dump).read_bytes()
    (copying.dumps / dump).unlink()
    age = HOUR
    while (again := write_dump(copying.dumps, age, b"another")) != dump:
        for path in copying.dumps.glob(f"{again}*"):
            path.unlink()
        age += SECOND
    further = write_dump(copying.dumps, 2 * HOUR)
    outcome = copying.copy(COPIES_RETENTION_COUNT="1")
    assert outcome.returncode == 1
    assert f"{dump} is in store:" in outcome.stderr
    assert "with another content" in outcome.stderr
    assert (copying.store.files / dump).read_bytes() == before
    # The others were copied nevertheless, and nothing was deleted.
    assert set(companions(further, old)) <= set(copying.store.names())


def test_a_dump_that_is_damaged_on_the_claim_does_not_spread(copying: Copying) -> None:
    dump = write_dump(copying.dumps, HOUR)
    (copying.dumps / dump).write_bytes(b"damaged")
    outcome = copying.copy()
    assert outcome.returncode == 1
    assert "does not match its checksum and was not copied" in outcome.stderr
    assert copying.store.names() == []


def test_an_upload_that_was_cut_is_made_whole(copying: Copying) -> None:
    dump = write_dump(copying.dumps, HOUR)
    assert copying.copy().returncode == 0
    whole = (copying.store.files / dump).read_bytes()
    half = copying.scratch / "half"
    half.write_bytes(whole[: len(whole) // 2])
    rclone("copyto", str(half), f"store:{copying.store.environment['COPIES_PATH']}/{dump}", **copying.store.environment)
    assert (copying.store.files / dump).stat().st_size < len(whole)
    outcome = copying.copy()
    assert outcome.returncode == 0, outcome.stderr
    assert (copying.store.files / dump).read_bytes() == whole


def test_killed_half_way_it_leaves_no_dump_and_the_next_run_makes_up_for_it(copying: Copying, tmp_path: Path) -> None:
    dump = write_dump(copying.dumps, HOUR)
    # The real rclone, but for the dump itself, at which it stays.
    real = copying.variables()["PATH"].partition(":")[0]
    stand_in(
        tmp_path / "bin",
        "rclone",
        f'#!/bin/sh\nif [ "$1" = copyto ]; then : >"{tmp_path}/at-it"; exec sleep 600; fi\nexec {real}/rclone "$@"\n',
    )
    variables = copying.variables()
    variables["PATH"] = f"{tmp_path}/bin:{variables['PATH']}"
    with background(["setsid", "dash", COPY], tmp_path / "log", variables) as process:
        wait_until((tmp_path / "at-it").exists, "the upload of the dump")
        assert copying.store.names() == [f"{dump}.meta", f"{dump}.sha256"]
        os.killpg(process, signal.SIGKILL)
    (tmp_path / "to").mkdir()
    assert "there is no dump in" in copying.fetch("newest", tmp_path / "to").stderr
    assert copying.copy().returncode == 0
    assert copying.store.names() == companions(dump)


def test_companions_without_a_dump_go_once_they_are_old(copying: Copying) -> None:
    orphan, dump = write_dump(copying.dumps, 40 * DAY), write_dump(copying.dumps, HOUR)
    assert copying.copy(COPIES_RETENTION_DAYS="60").returncode == 0
    (copying.store.files / orphan).unlink()
    for path in copying.dumps.glob(f"{orphan}*"):
        path.unlink()
    assert copying.copy(COPIES_RETENTION_COUNT="1").returncode == 0
    assert copying.store.names() == companions(dump)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"RCLONE_CONFIG_STORE_SECRET_ACCESS_KEY": f"{SECRET_KEY}-wrong"}, "the store refuses the credentials"),
        ({"RCLONE_CONFIG_STORE_ACCESS_KEY_ID": "nobody"}, "the store refuses the credentials"),
        ({"COPIES_PATH": "no-such-bucket/forail"}, "does not exist: make it, or correct backups.copies.path"),
        ({"RCLONE_CONFIG_STORE_ENDPOINT": f"http://127.0.0.1:{free_port()}"}, "the store cannot be reached"),
        ({"RCLONE_CONFIG_STORE_ENDPOINT": "http://store.invalid"}, "the store cannot be reached"),
        ({"COPIES_PATH": ""}, "COPIES_PATH is empty"),
        ({"RCLONE_CONFIG_STORE_TYPE": ""}, "RCLONE_CONFIG_STORE_TYPE is empty"),
        ({"COPIES_RETENTION_DAYS": "0"}, "must be whole numbers, 1 or more"),
        ({"COPIES_RETENTION_COUNT": "many"}, "must be whole numbers, 1 or more"),
        ({"STORE_OBSCURED": "PASS"}, "the password of option PASS is empty or missing"),
        ({"BACKUP_DIR": "/nonexistent"}, "mount the backups claim there"),
        ({"PATH": "/usr/bin:/bin"}, "there is no rclone in this image"),
    ],
)
def test_every_fault_is_named_without_a_secret(copying: Copying, changes: dict[str, str], said: str) -> None:
    write_dump(copying.dumps, HOUR)
    outcome = copying.copy(**changes)
    assert outcome.returncode == 1
    last = outcome.stderr.rstrip().splitlines()[-1]
    assert said in last
    assert (copying.scratch / "termination").read_text().rstrip() == last
    assert SECRET_KEY not in outcome.stdout + outcome.stderr
    assert copying.store.names() == []


def test_a_full_store_is_told_from_a_wrong_credential(copying: Copying, tmp_path: Path) -> None:
    write_dump(copying.dumps, HOUR)
    real = copying.variables()["PATH"].partition(":")[0]
    # What rclone prints for a full S3 store and for a full disk behind SFTP.
    for words in ("XMinioStorageFull: minimum free drive threshold", "write: no space left on device"):
        script = f'#!/bin/sh\n[ "$1" = copyto ] || exec {real}/rclone "$@"\necho "ERROR : {words}" >&2\nexit 1\n'
        stand_in(tmp_path / "bin", "rclone", script)
        outcome = copying.copy(PATH=f"{tmp_path}/bin:{copying.variables()['PATH']}")
        assert outcome.returncode == 1
        assert "the store is full: make room there" in outcome.stderr


def test_a_signature_in_a_url_is_not_shown(copying: Copying, tmp_path: Path) -> None:
    write_dump(copying.dumps, HOUR)
    url = f"https://me:{SECRET_KEY}@acct.blob.example.com/c?sv=2024&sig={SECRET_KEY}"
    stand_in(tmp_path / "bin", "rclone", f'#!/bin/sh\necho "ERROR : Get \\"{url}\\": oops" >&2\nexit 1\n')
    outcome = copying.copy(PATH=f"{tmp_path}/bin:{copying.variables()['PATH']}")
    assert outcome.returncode == 1
    assert "acct.blob.example.com" in outcome.stderr
    assert SECRET_KEY not in outcome.stderr


def test_without_a_dump_there_is_nothing_to_copy(copying: Copying) -> None:
    outcome = copying.copy()
    assert outcome.returncode == 1
    assert "there is no dump in" in outcome.stderr


def test_no_secret_is_on_a_command_line(sftp: Store, tmp_path: Path) -> None:
    (tmp_path / "dumps").mkdir()
    copying = Copying(tmp_path / "dumps", sftp, tmp_path)
    write_dump(copying.dumps, HOUR)
    real = copying.variables()["PATH"].partition(":")[0]
    stand_in(tmp_path / "bin", "rclone", f'#!/bin/sh\necho "$*" >>"{tmp_path}/calls"\nexec {real}/rclone "$@"\n')
    assert copying.copy(PATH=f"{tmp_path}/bin:{copying.variables()['PATH']}").returncode == 0
    calls = (tmp_path / "calls").read_text()
    assert "obscure -" in calls
    assert PASSWORD not in calls
