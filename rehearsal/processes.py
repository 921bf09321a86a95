"""Background processes that outlive the command that started them, and are never confused with others."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from rehearsal import files

PATIENCE = 10.0
"""Seconds that a process may take to end after SIGTERM before it is killed; etcd needs less than one."""
_GONE_SECONDS = 30.0
"""Seconds within which the operating system must have removed a killed process."""
_POLL_SECONDS = 0.05


@dataclass(frozen=True)
class Process:
    """A process that this project started.

    Args:
        name: what it is, for the reader.
        pid: its process id.
        birth: boot and start time; a recycled pid has another one, so it is left alone.
    """

    name: str
    pid: int
    birth: str

    def alive(self) -> bool:
        """Whether this very process still runs; a zombie does not."""
        with suppress(ChildProcessError, ProcessLookupError):
            os.waitpid(self.pid, os.WNOHANG)
        return bool(self.birth) and birth(self.pid) == self.birth


def start(name: str, argv: Sequence[str], environment: Mapping[str, str], log: Path) -> Process:
    """Start `argv` in a session of its own, so that Ctrl-C does not reach it; its output goes to `log`."""
    log.parent.mkdir(parents=True, exist_ok=True)
    writing = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    pid = os.posix_spawn(
        argv[0],
        list(argv),
        environment,
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, str(log), writing, 0o600),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
        setsid=True,
        setsigdef=[signal.SIGINT, signal.SIGTERM, signal.SIGPIPE],
    )
    return Process(name, pid, birth(pid) or "")


def current() -> Process:
    """This process."""
    return Process("this command", os.getpid(), birth(os.getpid()) or "")


@contextmanager
def uninterrupted() -> Generator[None]:
    """Hold back Ctrl-C until the end of the block; for the main thread only."""
    asked = False

    def note(*_: object) -> None:
        nonlocal asked
        asked = True

    former = signal.signal(signal.SIGINT, note)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, former)
    if asked:
        raise KeyboardInterrupt


def stop(process: Process, patience: float = PATIENCE) -> None:
    """End a process that still lives, and return when it is gone.

    Args:
        process: what to end.
        patience: seconds between SIGTERM and SIGKILL; with 0 it is killed at once.
    """
    stop_all([process], patience)


def stop_all(processes: Sequence[Process], patience: float = PATIENCE) -> None:
    """The same for several at once, which share the patience."""
    if patience:
        _signal(processes, signal.SIGTERM)
        _wait(processes, patience)
    _signal(processes, signal.SIGKILL)
    _wait(processes, _GONE_SECONDS)


def save(path: Path, processes: Sequence[Process]) -> None:
    """Write the record that `load` reads, atomically."""
    files.write(path, json.dumps([asdict(process) for process in processes], indent=1))


def load(path: Path) -> list[Process]:
    """The recorded processes, dead or alive; none when there is no record or it is damaged."""
    try:
        entries = json.loads(path.read_bytes())
        recorded = [Process(str(entry["name"]), int(entry["pid"]), str(entry["birth"])) for entry in entries]
    except (FileNotFoundError, NotADirectoryError, ValueError, TypeError, LookupError):
        return []
    # To the operating system 0 and less mean whole groups of processes.
    return [process for process in recorded if process.pid > 0]


def _signal(processes: Sequence[Process], number: signal.Signals) -> None:
    for process in processes:
        if process.alive():
            with suppress(ProcessLookupError):
                os.kill(process.pid, number)


def _wait(processes: Sequence[Process], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while any(process.alive() for process in processes) and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)


def birth(pid: int) -> str | None:
    """What tells this process from a later one with the same pid; None when it does not run."""
    stat = Path(f"/proc/{pid}/stat")
    if not Path("/proc/self/stat").exists():
        return _birth_by_ps(pid)
    try:
        # The name in parentheses may hold spaces; state, threads and start time are fields 3, 20 and 22 of the line.
        fields = stat.read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    # A zombie whose other threads are still on their way out holds ports and files until the last one is gone.
    gone = fields[0] in "ZX" and int(fields[17]) <= 1
    return None if gone else f"{boot}:{fields[19]}"


def program_of(pid: int) -> str:
    """The name of the program that the process runs, as the operating system has it; empty where there is none."""
    comm = Path(f"/proc/{pid}/comm")
    if Path("/proc/self/comm").exists():
        with suppress(OSError):
            return comm.read_text(errors="replace").strip()
        return ""
    answer = subprocess.run(["ps", "-o", "comm=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return Path(answer.stdout.strip()).name


def _birth_by_ps(pid: int) -> str | None:
    answer = subprocess.run(["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    status, _, started = answer.stdout.strip().partition(" ")
    return None if not status or status.startswith("Z") else started.strip()
