"""Ends the processes of a rehearsal whose command was killed: an engine, its providers, a control plane's program.

They are known by their environment, which every process hands on to those that it starts. Nothing is found where there
is no /proc.
"""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from rehearsal import processes
from rehearsal.processes import Process
from rehearsal.progress import Progress

_FOLDER = "FORAIL_REHEARSAL"
"""The folder of the rehearsal that a process belongs to."""
_OWNER = "FORAIL_REHEARSAL_OWNER"
"""The command that an engine works for; the control plane's programs, which outlive it, have none."""
_PROC = Path("/proc")
_ENGINE = "pulumi"
_ROUNDS = 5
"""A process may start another one while it is being ended; more often than this, something keeps starting them."""


def of_control_plane(folder: Path) -> dict[str, str]:
    """The variables that mark a program of the control plane in `folder`."""
    return {_FOLDER: str(folder.resolve())}


def of_engine(folder: Path) -> dict[str, str]:
    """The variables that mark an engine that works for this very process, and all that it starts."""
    owner = processes.current()
    return {**of_control_plane(folder), _OWNER: f"{owner.pid} {owner.birth}"}


def end_engines(folder: Path, progress: Progress) -> None:
    """End every engine, provider and program whose command is gone. One whose command lives is left alone.

    An engine may take `processes.PATIENCE` seconds to write down what it has done; the others hold nothing.
    """
    _end(folder, progress, of_engines=True)


def end_control_plane(folder: Path, progress: Progress) -> None:
    """End the control plane's programs that nobody has recorded."""
    _end(folder, progress, of_engines=False)


def _end(folder: Path, progress: Progress, *, of_engines: bool) -> None:
    told: set[Process] = set()
    for _ in range(_ROUNDS):
        found = [process for process, owner in _marked(folder) if _left_over(owner) and bool(owner) is of_engines]
        for process in found:
            if process not in told:
                progress.line(f"a former run was killed: ending its {process.name} (process {process.pid})")
        told.update(found)
        processes.stop_all([process for process in found if process.name == _ENGINE])
        processes.stop_all([process for process in found if process.name != _ENGINE], patience=0)
        if not found:
            return


def _left_over(owner: str) -> bool:
    pid, _, birth = owner.partition(" ")
    return not (pid.isdecimal() and Process("", int(pid), birth).alive())


def _marked(folder: Path) -> Iterator[tuple[Process, str]]:
    """This user's processes that bear the folder's mark, each with its owner, but not this one nor its parents."""
    wanted = str(folder.resolve())
    mine = _with_parents(os.getpid())
    for entry in _PROC.glob("[0-9]*"):
        pid = int(entry.name)
        process = Process(processes.program_of(pid), pid, processes.birth(pid) or "")
        try:
            # The same path means another folder in a container that has file systems of its own.
            ours = entry.stat().st_uid == os.geteuid() and _same_mounts(entry)
            environment = _environment(entry)
        except OSError:
            continue
        if ours and pid not in mine and environment.get(_FOLDER) == wanted and process.alive():
            yield process, environment.get(_OWNER, "")


def _environment(entry: Path) -> Mapping[str, str]:
    pairs = (os.fsdecode(pair).partition("=") for pair in (entry / "environ").read_bytes().split(b"\0"))
    return {name: value for name, _, value in pairs}


def _same_mounts(entry: Path) -> bool:
    return (entry / "ns/mnt").stat().st_ino == (_PROC / "self/ns/mnt").stat().st_ino


def _with_parents(pid: int) -> set[int]:
    found: set[int] = set()
    while pid > 0 and pid not in found:
        found.add(pid)
        try:
            pid = int((_PROC / str(pid) / "stat").read_text(errors="replace").rpartition(")")[2].split()[1])
        except OSError:
            break
    return found
