"""What a killed command leaves running is ended, and nothing else."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Generator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest

from rehearsal import leftovers, locks, processes
from rehearsal.failure import RehearsalError
from rehearsal.processes import Process
from rehearsal.progress import Progress
from rehearsal.state import CHECKOUT
from tests.rehearsal.rehearsed import eventually

STUBBORN = "trap '' TERM INT HUP; echo ready; while :; do read -r line < /dev/zero; done"
PLUGIN = """#!/bin/bash
trap '' TERM INT HUP
echo $$ > "$PLUGIN_STARTED"
while :; do read -r line < /dev/zero; done
"""
PROGRAM = """import pulumi
pulumi.CustomResource("absent:index:Thing", "thing", {})
"""


class Started:
    """Processes that a test has started, ended with it."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack

    def __call__(self, environment: Mapping[str, str], script: str = STUBBORN) -> Process:
        """Run a script until it says that it is ready."""
        process = subprocess.Popen(
            ["/bin/bash", "-c", script],
            env={**os.environ, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self._stack.callback(process.communicate)
        self._stack.callback(process.kill)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        return Process("bash", process.pid, processes.birth(process.pid) or "")


@pytest.fixture
def started() -> Generator[Started]:
    with ExitStack() as stack:
        yield Started(stack)


def of_a_dead_command(folder: Path) -> dict[str, str]:
    """The marks of an engine whose command has ended."""
    code = f"import json; from pathlib import Path; from rehearsal import leftovers; \
print(json.dumps(leftovers.of_engine(Path({str(folder)!r}))))"
    asked = subprocess.run([sys.executable, "-c", code], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    return json.loads(asked.stdout)


def test_only_what_a_dead_command_of_this_rehearsal_left_is_ended(
    started: Started, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, other = tmp_path / "dev", tmp_path / "dev2"
    provider = started(of_a_dead_command(folder))
    plane = started(leftovers.of_control_plane(folder))
    strangers = [
        started({}),
        started(of_a_dead_command(other)),
        started(leftovers.of_control_plane(other)),
        started({"FORAIL": str(folder)}),
        started({}, f"FORAIL_REHEARSAL={folder}; export FORAIL_REHEARSAL; {STUBBORN}"),
        started(leftovers.of_engine(folder)),
    ]
    leftovers.end_engines(folder, Progress())
    assert [provider.alive(), plane.alive()] == [False, True]
    leftovers.end_control_plane(folder, Progress())
    assert not plane.alive()
    assert [process.alive() for process in strangers] == [True] * len(strangers)
    said = capsys.readouterr().err.splitlines()
    assert said == [
        f"a former run was killed: ending its bash (process {provider.pid})",
        f"a former run was killed: ending its bash (process {plane.pid})",
    ]


def test_what_a_left_over_engine_starts_while_it_ends_is_ended_too(started: Started, tmp_path: Path) -> None:
    last_words = "trap 'sleep 600 & exit' TERM; echo ready; sleep 600 & wait"
    engine = started(of_a_dead_command(tmp_path), f'exec {engine_in(tmp_path)} -c "{last_words}"')
    leftovers.end_engines(tmp_path, Progress())
    assert not engine.alive()
    assert processes_marked(tmp_path) == []


def engine_in(folder: Path) -> Path:
    """A shell that the operating system knows as `pulumi`."""
    return Path(shutil.copy("/bin/bash", folder / "pulumi"))


def processes_marked(folder: Path) -> list[int]:
    found: list[int] = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if f"FORAIL_REHEARSAL={folder}\0".encode() in (entry / "environ").read_bytes():
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def test_an_own_command_and_those_that_started_it_are_never_ended(tmp_path: Path) -> None:
    code = "from pathlib import Path; from rehearsal import leftovers; from rehearsal.progress import Progress; \
import sys; leftovers.end_engines(Path(sys.argv[1]), Progress())"
    run = ["/bin/bash", "-c", '"$@"; echo "came back: $?"', "bash", sys.executable, "-c", code, str(tmp_path)]
    marks = of_a_dead_command(tmp_path)
    asked = subprocess.run(run, cwd=CHECKOUT, env={**os.environ, **marks}, capture_output=True, text=True, check=False)
    assert asked.stdout == "came back: 0\n", asked.stderr


def locked(folder: Path, content: object) -> Path:
    lock = folder / "lock.json"
    lock.write_text(json.dumps(content))
    return lock


def test_the_lock_of_a_living_engine_is_never_removed(started: Started, tmp_path: Path) -> None:
    alive = started({}, f'exec {engine_in(tmp_path)} -c "{STUBBORN}"')
    lock = locked(tmp_path, {"pid": alive.pid, "hostname": socket.gethostname()})
    with pytest.raises(RehearsalError, match=rf"still runs \(process {alive.pid}\)"):
        locks.stale(tmp_path)
    assert lock.exists()


@pytest.mark.parametrize("content", [{}, [], None, "text", {"pid": "x", "hostname": 1}])
def test_a_lock_that_names_no_engine_is_stale(tmp_path: Path, content: object) -> None:
    assert locks.stale(tmp_path / "absent") == []
    lock = locked(tmp_path, content)
    assert locks.stale(tmp_path) == [lock]


def test_a_lock_is_stale_when_its_engines_id_is_anothers(tmp_path: Path) -> None:
    lock = locked(tmp_path, {"pid": os.getpid(), "hostname": socket.gethostname()})
    assert locks.stale(tmp_path) == [lock]


def test_a_lock_of_another_machine_is_left_to_the_reader(tmp_path: Path) -> None:
    locked(tmp_path, {"pid": 1, "hostname": "another.invalid"})
    with pytest.raises(RehearsalError, match=r"another machine, another\.invalid"):
        locks.stale(tmp_path)


ENGINE = """#!/bin/bash
[ "$1" = version ] && exec echo v3.246.0
trap '' TERM INT HUP PIPE
echo $$
while :; do read -r line < /dev/zero; done
"""


def test_an_engine_ends_at_once_with_the_command_that_is_killed(tmp_path: Path) -> None:
    # One that lives on loses its providers, takes that for failures, and forgets the objects that were being made.
    pulumi = tmp_path / "bin/pulumi"
    pulumi.parent.mkdir()
    pulumi.write_text(ENGINE)
    pulumi.chmod(0o755)
    code = "import sys; from pathlib import Path; from rehearsal.engine_process import EngineCommand as E; \
from rehearsal.progress import Progress; \
E(Path(sys.argv[1]), Progress()).run(['up'], '.', {}, on_output=lambda line: print(line, flush=True))"
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], cwd=CHECKOUT, stdout=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None
        pid = int(running.stdout.readline())
        engine = Process("pulumi", pid, processes.birth(pid) or "")
        assert engine.alive()
        running.kill()
    eventually("the engine's end", lambda: not engine.alive())


def test_down_ends_the_provider_that_outlived_a_killed_run(started: Started, tmp_path: Path) -> None:
    project, state, pipe = tmp_path / "project", tmp_path / "state", tmp_path / "started"
    project.mkdir()
    (project / "Pulumi.yaml").write_text("name: left-over\nruntime: python\n")
    (project / "Pulumi.dev.yaml").write_text("{}\n")
    (project / "__main__.py").write_text(PROGRAM)
    plugin = tmp_path / "bin/pulumi-resource-absent"
    plugin.parent.mkdir()
    plugin.write_text(PLUGIN)
    plugin.chmod(0o755)
    os.mkfifo(pipe)
    environment = {**os.environ, "PATH": f"{plugin.parent}:{os.environ['PATH']}", "PLUGIN_STARTED": str(pipe)}
    command = [sys.executable, "-m", "rehearsal"]
    flags = ["--project", str(project), "--state", str(state)]
    # A preview, because it needs no control plane.
    (state / "dev").mkdir(parents=True)
    running = subprocess.Popen([*command, "preview", *flags], cwd=CHECKOUT, env=environment, stderr=subprocess.DEVNULL)
    pid = int(pipe.read_text())
    provider = Process("provider", pid, processes.birth(pid) or "")
    stranger = started({"PLUGIN_STARTED": str(pipe)})
    running.send_signal(signal.SIGKILL)
    running.wait()
    assert provider.alive()
    assert pid in processes_marked(state / "dev")

    down = subprocess.run([*command, "down", *flags], cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert down.returncode == 0, down.stderr
    assert f"(process {pid})" in down.stderr
    assert processes_marked(state / "dev") == []
    assert stranger.alive()
    assert not state.exists()


def test_a_process_lives_until_its_last_thread_has_ended() -> None:
    """Killed on a busy machine, its first thread ends before the others, which have its ports until they end."""
    code = "import ctypes, sys, threading; threading.Thread(target=sys.stdin.read).start(); \
print('ready', flush=True); ctypes.CDLL(None).pthread_exit(None)"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as started:
        assert started.stdin is not None
        process = Process("python", started.pid, processes.birth(started.pid) or "")
        stat = Path(f"/proc/{started.pid}/stat")
        eventually("the end of its first thread", lambda: stat.read_text().rpartition(")")[2].split()[0] == "Z")
        assert process.alive()
        started.stdin.close()
        eventually("the end of the last one", lambda: not process.alive())
