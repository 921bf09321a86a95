"""Locks between processes: the rehearsal's own, and those that the engine leaves on a stack when it is killed."""

import fcntl
import itertools
import json
import os
import socket
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

from rehearsal import files, processes
from rehearsal.failure import RehearsalError

_ATTEMPTS = 100
"""How often the lock's folder may vanish under this process, because another one removes its rehearsal."""


@contextmanager
def exclusive(path: Path, on_wait: Callable[[str], None]) -> Generator[None]:
    """Hold the lock on `path` for the block; the operating system frees it when the process dies.

    Args:
        path: the lock file, created when absent; it holds the owner's process id.
        on_wait: called once with the owner's process id when the lock is taken.

    Raises:
        RehearsalError: the disk is full.
        OSError: the lock file cannot be made.
    """
    descriptor = _acquire(path, on_wait)
    try:
        _sign(path, descriptor)
        yield
    finally:
        os.close(descriptor)


def stale(folder: Path) -> list[Path]:
    """The engine's lock files in `folder`, whose engines have ended.

    Raises:
        RehearsalError: one is held by an engine that lives, or by one on another machine.
    """
    found = sorted(folder.glob("*.json"))
    for lock in found:
        try:
            content = json.loads(files.read(lock))
            pid, host = int(content["pid"]), str(content["hostname"])
        except (ValueError, TypeError, LookupError):
            continue
        if host != socket.gethostname():
            raise RehearsalError(
                f"the stack is locked by process {pid} on another machine, {host}",
                f"let it end; if it runs no more, remove {lock}",
            )
        if _is_engine(pid):
            raise RehearsalError(
                f"the stack is locked by a pulumi command that still runs (process {pid})",
                "wait until it has ended, or end it, then run the command again",
            )
    return found


def _is_engine(pid: int) -> bool:
    """Whether the process with this id is a `pulumi` command: after the engine's end, the id may be another's."""
    return processes.birth(pid) is not None and processes.program_of(pid) == "pulumi"


def _sign(path: Path, descriptor: int) -> None:
    try:
        os.truncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
    except OSError as error:
        raise files.explained(error, path) from error


def _acquire(path: Path, on_wait: Callable[[str], None]) -> int:
    told = False
    for attempt in itertools.count(1):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except FileNotFoundError:
            if attempt == _ATTEMPTS:
                raise
            continue
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if not told:
                    on_wait(os.pread(descriptor, 32, 0).decode(errors="replace") or "unknown")
                    told = True
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            if _still_there(path, descriptor):
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)
    raise AssertionError("unreachable: it goes on until the lock is held or an error is raised")


def _still_there(path: Path, descriptor: int) -> bool:
    """Whether `path` is still the locked file: the former owner may have removed it."""
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False
