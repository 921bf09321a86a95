"""Files and folders that cannot be used: a sentence with the path and the fix, exit code 1, never a traceback.

The faults hold for the superuser as well, whom no permission stops.
"""

import io
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from rehearsal import files, processes
from rehearsal.command import main
from rehearsal.control_plane import ControlPlane
from rehearsal.failure import RehearsalError
from rehearsal.progress import Progress
from rehearsal.project import Project
from rehearsal.state import CHECKOUT, StateFolder

SECRET = "hunter2"
NOBODY = 65534
Refused = Callable[..., str]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text("name: refused\nruntime: python\n")
    (folder / "Pulumi.dev.yaml").write_text("config: {}\n")
    (folder / "__main__.py").write_text("")
    return folder


@pytest.fixture
def refused(project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Refused:
    """Run a command that must be refused, and return what it says; later flags win over the usual ones."""

    def run(command: str, *flags: object) -> str:
        usual = ["--project", str(project), "--state", str(tmp_path / "state")]
        code = main([command, *usual, *map(str, flags)])
        out, err = capsys.readouterr()
        assert (code, out) == (1, ""), err
        assert "error: " in err
        assert "\n  fix: " in err
        assert SECRET not in err
        return err

    return run


@pytest.mark.parametrize("command", ["up", "preview", "outputs", "status", "kubeconfig", "refresh", "destroy", "down"])
@pytest.mark.parametrize(
    ("flag", "value", "words"),
    [
        ("--stack", "", "'' is not a stack name"),
        ("--stack", " ", "' ' is not a stack name"),
        ("--stack", "..", "'..' is not a stack name"),
        ("--stack", "dev\n", "is not a stack name"),
        ("--state", "", "'' names no file and no folder"),
        ("--state", " ", "' ' names no file and no folder"),
        ("--state", "\0", "names no file and no folder"),
        ("--state", "\udcff", "is not UTF-8"),
        ("--project", "", "'' names no file and no folder"),
        ("--project", "\udcff", "is not UTF-8"),
    ],
)
def test_odd_values_of_flags_are_refused(refused: Refused, command: str, flag: str, value: str, words: str) -> None:
    assert words in refused(command, flag, value)


@pytest.mark.parametrize("command", ["up", "preview", "status", "down", "outputs"])
def test_a_state_that_is_a_file_is_refused(refused: Refused, tmp_path: Path, command: str) -> None:
    file = tmp_path / "file"
    file.write_text("kept")
    assert str(file) in refused(command, "--state", file)
    assert str(file) in refused(command, "--state", file / "below", "--stack", "dev")
    assert file.read_text() == "kept"


def test_a_stack_whose_folder_is_a_file_is_refused(refused: Refused, tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state/dev").write_text("")
    for command in ("up", "preview", "down"):
        assert f"{tmp_path}/state/dev is a file" in refused(command, "--stack", "dev")


def test_a_folder_of_the_users_is_never_taken_for_a_rehearsal(
    refused: Refused, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = tmp_path / "home/dev/logs/kept"
    kept.parent.mkdir(parents=True)
    kept.write_text("")
    for command in ("up", "preview", "down"):
        said = refused(command, "--state", tmp_path / "home", "--stack", "dev")
        assert f"{tmp_path}/home/dev holds files that are not of a rehearsal" in said
    assert main(["down", "--state", str(tmp_path / "home")]) == 0
    assert "no rehearsal is left" in capsys.readouterr().err
    assert kept.exists()
    assert (tmp_path / "home/dev").stat().st_mode & 0o777 != 0o700 or os.umask(0o077) == 0o077


@pytest.mark.parametrize("mark", [".forail-rehearsal", "passphrase", "processes.json", "certificates/complete"])
def test_down_removes_what_a_rehearsal_made_also_behind_a_link(tmp_path: Path, mark: str) -> None:
    (tmp_path / "large-disk" / mark).parent.mkdir(parents=True)
    (tmp_path / "large-disk" / mark).write_text("")
    (tmp_path / "state").mkdir()
    (tmp_path / "state/dev").symlink_to(tmp_path / "large-disk")
    assert main(["down", "--state", str(tmp_path / "state")]) == 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("state", ["/proc", "/dev/null", f"/tmp/{'x' * 300}"])
def test_a_state_where_nothing_can_be_made_is_refused(refused: Refused, state: str) -> None:
    assert state in refused("down", "--stack", "dev", "--state", state)


def test_a_link_to_itself_is_refused(refused: Refused, tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert "remove it" in refused("down", "--stack", "dev", "--state", tmp_path / "loop")


BROKEN: list[tuple[bytes, str]] = [
    (b"config:\n  a: \xff\n", " is not UTF-8: byte 14"),
    (b"\xff\xfec\0", " is not UTF-8: byte 1"),
    (b"config:\n  password: *hunter2\n", ", line 2, column 13 is not valid YAML"),
    (b"config:\n  password: !hunter2 x\n", ", line 2, column 13 is not valid YAML"),
    (b"config: {password: hunter2\n", ", line 2, column 1 is not valid YAML"),
    (b"config:\n\tpassword: hunter2\n", ", line 2, column 1 is not valid YAML"),
    (b'config: {password: "hunter2\\UFFFFFFFF"}\n', " is not valid YAML"),
    (b"config: {on: 2026-99-99}\n", " is not valid YAML"),
    (b"config: {on: !!timestamp hunter2}\n", " is not valid YAML"),
    (b"config: {on: !!bool hunter2}\n", " is not valid YAML"),
    (b"config: {a: !!int ''}\n", " is not valid YAML"),
    (b"config: \0\n", " is not valid YAML"),
    (b"a: 1\n---\nb: 2\n", ", line 2, column 1 is not valid YAML"),
    (b"[" * 5000, " is not valid YAML"),
    (b"config: &a\n  hunter2: *a\n", " is too large with its aliases expanded"),
    (
        b"a: &a [x,x,x,x,x,x,x,x,x]\n"
        + b"".join(b"%c: &%c [%s]\n" % (c, c, b",".join([b"*%c" % (c - 1)] * 9)) for c in b"bcdefghi"),
        " is too large with its aliases expanded",
    ),
    (b"- hunter2\n", " does not hold a mapping"),
    (b"", " does not hold a mapping"),
    (b"config: [hunter2]\n", ": `config` is not a mapping"),
    (b"config: []\n", ": `config` is not a mapping"),
    (b"config: hunter2\n", ": `config` is not a mapping"),
]


@pytest.mark.parametrize(("content", "words"), BROKEN, ids=[str(index) for index, _ in enumerate(BROKEN)])
def test_a_stack_file_that_cannot_be_read_is_refused(
    refused: Refused, project: Path, content: bytes, words: str
) -> None:
    file = project / "Pulumi.dev.yaml"
    file.write_bytes(content)
    assert f"{file}{words}" in refused("preview")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xff", " is not UTF-8: byte 1"),
        (b"name: [", ", line 1, column 8 is not valid YAML"),
        (b"name: ../../x\n", ": '../../x' cannot name a project"),
        (b"name: ''\n", ": '' cannot name a project"),
        (b"name: ..\n", ": '..' cannot name a project"),
        (b"name: 1\n", " has no `name`"),
        (b"[]", " does not hold a mapping"),
    ],
)
def test_a_project_file_that_cannot_be_read_is_refused(
    refused: Refused, project: Path, content: bytes, words: str
) -> None:
    file = project / "Pulumi.yaml"
    file.write_bytes(content)
    for command in ("up", "preview", "outputs"):
        assert f"{file}{words}" in refused(command)


@pytest.mark.parametrize("name", ["Pulumi.yaml", "Pulumi.dev.yaml", "__main__.py"])
def test_a_folder_where_a_file_of_the_project_has_to_be_is_refused(refused: Refused, project: Path, name: str) -> None:
    (project / name).unlink()
    (project / name).mkdir()
    assert str(project) in refused("up")


def test_a_project_that_is_a_file_is_refused(refused: Refused, project: Path) -> None:
    assert "Not a directory" in refused("up", "--project", project / "__main__.py")


def test_stacks_are_listed_with_their_whole_names(project: Path) -> None:
    (project / "Pulumi.eu.west.yaml").write_text("")
    assert Project.load(project).stacks() == ["dev", "eu.west"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xff", " is not UTF-8"),
        (b"start: {redis: *x}", ", line 1, column 16 is not valid YAML"),
        (b"[]", " cannot be read"),
        (b"start: [redis]", " cannot be read"),
        (b"begin: {redis: 2s}", " cannot be read"),
        (None, ": Is a directory"),
    ],
)
def test_delays_that_cannot_be_read_are_refused(
    refused: Refused, tmp_path: Path, content: bytes | None, words: str
) -> None:
    file = tmp_path / "delays.yaml"
    if content is None:
        file.mkdir()
    else:
        file.write_bytes(content)
    assert f"{file}{words}" in refused("up", "--delays", file)
    assert f"{tmp_path}/absent does not exist" in refused("up", "--delays", tmp_path / "absent")
    assert "names no file" in refused("up", "--delays", "")
    assert not (tmp_path / "state/dev").exists()


@pytest.mark.parametrize("home", ["", "somewhere"])
def test_a_home_that_is_no_full_path_is_refused(refused: Refused, monkeypatch: pytest.MonkeyPatch, home: str) -> None:
    monkeypatch.setenv("HOME", home)
    assert f"HOME is {home!r}" in refused("up")


def test_a_missing_home_is_refused(refused: Refused, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", unknown)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    assert "HOME is not set" in refused("up")


def test_a_cache_that_is_a_file_is_refused(refused: Refused, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    go = tmp_path / "go"
    go.write_text("#!/bin/sh\necho go1.99.0\n")
    go.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert f"{tmp_path}/file/forail-pulumi" in refused("up")


KUBECONFIGS: list[tuple[bytes | None, str]] = [
    (b"", "is not a kubeconfig"),
    (b"clusters: []\n", "no context ''"),
    (b"clusters: [{cluster: {}}]\n", "no context ''"),
    (b"contexts: 5\n", "no context ''"),
    (b"contexts: [5, {name: a, context: 5}]\ncurrent-context: a\n", "no context 'a'"),
    (b"contexts: [{name: a, context: {}}]\ncurrent-context: a\nclusters: [{cluster: {}}]\n", "no cluster ''"),
    (b"contexts: [{name: a, context: {cluster: c}}]\ncurrent-context: a\nclusters: [{name: c}]\n", "no server"),
    (b"\xff", "is not UTF-8"),
    (b"clusters: [", "is not YAML"),
    (None, "Is a directory"),
]


@pytest.mark.parametrize(("content", "words"), KUBECONFIGS)
def test_a_kubeconfig_that_cannot_be_read_is_refused(tmp_path: Path, content: bytes | None, words: str) -> None:
    plane = ControlPlane(StateFolder(tmp_path, "dev"), Progress(io.StringIO()))
    file = plane.kubeconfig
    file.parent.mkdir(parents=True)
    if content is None:
        file.mkdir()
    else:
        file.write_bytes(content)
    with pytest.raises(RehearsalError, match=rf"(?s){file}.*{words}.*fix: "):
        plane.url()


@pytest.mark.parametrize("content", [b"", b"5", b"{}", b"[5]", b'[{"name": "etcd", "pid": "x", "birth": ""}]', b"\xff"])
def test_a_damaged_record_of_processes_names_none(tmp_path: Path, content: bytes) -> None:
    record = tmp_path / "processes.json"
    record.write_bytes(content)
    assert processes.load(record) == []
    record.write_text('[{"name": "all of this user", "pid": -1, "birth": ""}]')
    assert processes.load(record) == []


def run(*words: str, stdout: int = subprocess.PIPE, user: list[str] | None = None, limit: bool = False) -> str:
    """Run a command that must be refused in a process of its own, and return what it says."""
    limited = ["prlimit", "--fsize=0"] if limit else []
    finished = subprocess.run(
        [*(user or []), *limited, sys.executable, "-m", "rehearsal", *words],
        cwd=CHECKOUT,
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert finished.returncode == 1, finished.stderr
    assert "Traceback" not in finished.stderr
    assert "Exception ignored" not in finished.stderr
    return finished.stderr


def test_a_full_disk_is_named(project: Path, tmp_path: Path) -> None:
    # A limit of zero bytes for each file: the same path through the code as a full disk.
    said = run("up", "--project", str(project), "--state", str(tmp_path / "state"), limit=True)
    assert f"error: {tmp_path}/state/dev.lock: File too large\n  fix: " in said


def test_a_full_disk_under_standard_output_is_named(tmp_path: Path) -> None:
    StateFolder(tmp_path, "dev").create()
    with Path("/dev/full").open("w") as full:
        said = run("status", "--state", str(tmp_path), stdout=full.fileno())
    assert said == "error: standard output cannot be written: No space left on device\n"


def test_nobody_reading_standard_output_is_named(tmp_path: Path) -> None:
    StateFolder(tmp_path, "dev").create()
    reading, writing = os.pipe()
    os.close(reading)
    said = run("status", "--state", str(tmp_path), stdout=writing)
    os.close(writing)
    assert said == "error: standard output cannot be written: Broken pipe\n"


@pytest.mark.parametrize("command", ["up", "preview", "status", "down"])
def test_a_folder_without_rights_is_named(project: Path, tmp_path: Path, command: str) -> None:
    closed = tmp_path / "closed"
    closed.mkdir()
    tmp_path.chmod(0o755)
    closed.chmod(0)
    drop = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"] if os.geteuid() == 0 else None
    try:
        said = run(command, "--project", str(project), "--state", str(closed), "--stack", "dev", user=drop)
    finally:
        closed.chmod(0o700)
    assert "Permission denied\n  fix: change its owner or mode" in said
    assert str(tmp_path) in said


def test_a_file_is_replaced_at_once_or_not_at_all(tmp_path: Path) -> None:
    file = tmp_path / "file"
    files.write(file, "first")
    assert file.stat().st_mode & 0o777 == 0o600
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (3, before[1]))
    try:
        with pytest.raises(RehearsalError, match=rf"{file}: File too large"):
            files.write(file, "second")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert file.read_text() == "first"
    assert list(tmp_path.iterdir()) == [file]
