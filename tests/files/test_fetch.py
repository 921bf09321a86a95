"""backup/fetch.sh: a named dump or the newest, proven by its checksum."""

import os
from collections.abc import Generator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.files.programs import stand_in
from tests.files.stores import Copying, binary, companions, sftp_server, write_dump

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture
def copying(tmp_path: Path) -> Generator[Copying]:
    (tmp_path / "dumps").mkdir()
    (tmp_path / "to").mkdir()
    with sftp_server(tmp_path / "sftp") as store:
        yield Copying(tmp_path / "dumps", store, tmp_path)


@pytest.fixture
def to(tmp_path: Path) -> Path:
    return tmp_path / "to"


def there(folder: Path) -> list[str]:
    """What is in the folder, sorted."""
    return sorted(path.name for path in folder.iterdir())


def test_the_newest_comes_with_its_companions_and_a_named_one_too(copying: Copying, to: Path) -> None:
    older, newer = write_dump(copying.dumps, DAY), write_dump(copying.dumps, HOUR, encrypted_key=True)
    assert copying.copy().returncode == 0
    for _ in range(2):
        outcome = copying.fetch("newest", to)
        assert outcome.returncode == 0, outcome.stderr
        assert there(to) == sorted([*companions(newer), f"{newer}.key.enc"])
        assert (to / newer).read_bytes() == (copying.dumps / newer).read_bytes()
        assert outcome.stdout.splitlines()[-1] == f"fetch: {to}/{newer} is there and matches its checksum"
    assert copying.fetch(older, to).returncode == 0
    assert set(companions(older, newer)) < set(there(to))


def test_the_newest_is_not_of_the_future(copying: Copying, to: Path) -> None:
    future, past = write_dump(copying.dumps, -DAY), write_dump(copying.dumps, DAY)
    assert copying.copy().returncode == 0
    outcome = copying.fetch("newest", to)
    assert outcome.returncode == 0, outcome.stderr
    assert there(to) == companions(past)
    assert f"{future} is of the future and left out" in outcome.stderr
    assert copying.fetch(future, to).returncode == 0


def test_a_flipped_byte_there_is_found_and_nothing_left_in_the_folder(copying: Copying, to: Path) -> None:
    older, dump = write_dump(copying.dumps, DAY), write_dump(copying.dumps, HOUR)
    assert copying.copy().returncode == 0
    path = copying.store.files / dump
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    outcome = copying.fetch("newest", to)
    assert outcome.returncode == 1
    assert "does not match its checksum: the copy is damaged" in outcome.stderr
    assert f"Name another dump, such as {older}" in outcome.stderr
    assert dump not in there(to)


def test_a_damaged_checksum_there_leaves_the_good_dump_here(copying: Copying, to: Path) -> None:
    dump = write_dump(copying.dumps, HOUR)
    assert copying.copy().returncode == 0
    assert copying.fetch("newest", to).returncode == 0
    had = {path.name: path.read_bytes() for path in to.iterdir()}
    (copying.store.files / f"{dump}.sha256").write_text(f"{'0' * 64}  {dump}\n")
    outcome = copying.fetch("newest", to)
    assert outcome.returncode == 1
    assert "in store:forail it has another checksum; neither was changed" in outcome.stderr
    assert {path.name: path.read_bytes() for path in to.iterdir()} == had


def test_a_backup_at_the_same_time_takes_nothing_of_it_away(copying: Copying, to: Path, tmp_path: Path) -> None:
    """backup.sh deletes unfinished files and companions without a dump, which is what a half-fetched one looks like."""
    dump = write_dump(copying.dumps, HOUR)
    assert copying.copy().returncode == 0
    real = binary("rclone")
    cleaning = f'[ "$1" != copyto ] || {{ {real} "$@" && rm -f {to}/forail-*; exit; }}'
    stand_in(tmp_path / "bin", "rclone", f'#!/bin/sh\n{cleaning}\nexec {real} "$@"\n')
    outcome = copying.fetch("newest", to, PATH=f"{tmp_path}/bin{os.pathsep}{os.environ['PATH']}")
    assert outcome.returncode == 0, outcome.stderr
    assert there(to) == companions(dump)


def test_a_dump_there_without_a_checksum_is_refused(copying: Copying, to: Path) -> None:
    dump = write_dump(copying.dumps, HOUR)
    assert copying.copy().returncode == 0
    (copying.store.files / f"{dump}.sha256").unlink()
    outcome = copying.fetch(dump, to)
    assert outcome.returncode == 1
    assert "has no checksum in" in outcome.stderr
    assert there(to) == []


def test_what_an_upload_left_unfinished_is_no_dump(copying: Copying, to: Path) -> None:
    copying.store.files.mkdir()
    name = write_dump(copying.store.files, HOUR)
    (copying.store.files / name).rename(copying.store.files / f"{name}.8f3a.partial")
    assert "there is no dump in" in copying.fetch("newest", to).stderr
    assert there(to) == []


@pytest.mark.parametrize(
    ("dump", "changes", "said"),
    [
        ("newest", {}, "there is no dump in store:forail: nothing was copied yet"),
        ("../etc", {}, "is not a dump's name"),
        ("forail-2T/../Z.sql.gz", {}, "is not a dump's name"),
        ("newest", {"STORE_CLEAR_PASS": "another"}, "the store refuses the credentials"),
    ],
)
def test_every_fault_is_named(copying: Copying, to: Path, dump: str, changes: dict[str, str], said: str) -> None:
    outcome = copying.fetch(dump, to, **changes)
    assert outcome.returncode == 1
    assert said in outcome.stderr.rstrip().splitlines()[-1]
    assert there(to) == []


def test_a_name_that_is_not_there_is_answered_with_those_that_are(copying: Copying, to: Path) -> None:
    dump = write_dump(copying.dumps, HOUR)
    assert copying.copy().returncode == 0
    outcome = copying.fetch("forail-20200101T000000Z.sql.gz", to)
    assert outcome.returncode == 1
    assert f"whose newest dumps are {dump}" in outcome.stderr


def test_every_dump_of_the_future_is_refused(copying: Copying, to: Path) -> None:
    write_dump(copying.dumps, -DAY)
    assert copying.copy().returncode == 0
    assert "every dump in store:forail is of the future" in copying.fetch("newest", to).stderr


def test_a_folder_that_is_not_there_is_refused(copying: Copying, to: Path) -> None:
    outcome = copying.fetch("newest", to / "missing")
    assert outcome.returncode == 1
    assert "is not a folder that can be written" in outcome.stderr
