"""A file lock between processes, which tells who holds it and tolerates that the file is removed."""

import fcntl
import os
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def exclusive(path: Path, on_wait: Callable[[str], None]) -> Generator[None]:
    """Hold the lock on `path` for the block; the operating system frees it when the process dies.

    Args:
        path: the lock file, created when absent; it holds the owner's process id.
        on_wait: called once with the owner's process id when the lock is taken.
    """
    descriptor = _acquire(path, on_wait)
    try:
        os.truncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(descriptor)


def _acquire(path: Path, on_wait: Callable[[str], None]) -> int:
    told = False
    while True:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except FileNotFoundError:
            continue
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if not told:
                    on_wait(os.pread(descriptor, 32, 0).decode() or "unknown")
                    told = True
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            if _still_there(path, descriptor):
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


def _still_there(path: Path, descriptor: int) -> bool:
    """Whether `path` is still the locked file: the former owner may have removed it."""
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False
