"""Where a rehearsal keeps what it must remember: one folder for each stack."""

import re
import shutil
import stat
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from rehearsal.failure import RehearsalError
from rehearsal.locks import exclusive
from rehearsal.progress import Progress

CHECKOUT = Path(__file__).resolve().parent.parent
DEFAULT_ROOT = CHECKOUT / ".rehearsal"
_MARK = ".forail-rehearsal"
"""Made first in a rehearsal's folder, so that no other folder is ever taken for one and removed."""
_FORMER_MARKS = ("processes.json", "passphrase", "certificates/complete")
"""What shows a folder of a version that made no mark."""
_STACK_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}")

_ELSEWHERE = "name another folder with --state, or another stack with --stack"


@dataclass(frozen=True)
class StateFolder:
    """The paths of one stack's rehearsal.

    Args:
        root: the folder of all rehearsals, `.rehearsal` in the checkout by default.
        stack: the stack's name; one control plane and one engine backend belong to it.
    """

    root: Path
    stack: str

    def __post_init__(self) -> None:
        if not _STACK_NAME.fullmatch(self.stack):
            raise RehearsalError(
                f"{self.stack!r} is not a stack name", "use letters, digits, '.', '_' and '-', at most 100 of them"
            )

    @property
    def folder(self) -> Path:
        return self.root / self.stack

    @property
    def certificates(self) -> Path:
        return self.folder / "certificates"

    @property
    def etcd_data(self) -> Path:
        return self.folder / "etcd"

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    @property
    def kubeconfig(self) -> Path:
        """The administrator's kubeconfig: what KUBECONFIG is set to."""
        return self.folder / "kubeconfig"

    @property
    def processes(self) -> Path:
        return self.folder / "processes.json"

    @property
    def backend(self) -> Path:
        """The engine's file backend; every project rehearsed under this stack name shares it."""
        return self.folder / "backend"

    @property
    def engine_home(self) -> Path:
        return self.folder / "pulumi-home"

    @property
    def passphrase(self) -> Path:
        return self.folder / "passphrase"

    def workspace(self, project: str) -> Path:
        return self.folder / "projects" / project

    def check(self) -> None:
        """Refuse a folder that holds something else than a rehearsal.

        Raises:
            RehearsalError: so it is, or a file is in its place.
            OSError: it cannot be looked at.
        """
        check_root(self.root)
        if self.folder.exists() and not self.folder.is_dir():
            raise RehearsalError(f"{self.folder} is a file, not the folder of a rehearsal", _ELSEWHERE)
        if self.folder.is_dir() and not _is_rehearsal(self.folder) and any(self.folder.iterdir()):
            raise RehearsalError(f"{self.folder} holds files that are not of a rehearsal", _ELSEWHERE)

    def create(self) -> None:
        """Make the folder, readable only by its owner.

        Raises:
            RehearsalError: it holds something else than a rehearsal.
            OSError: it cannot be made.
        """
        self.check()
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        (self.folder / _MARK).touch()

    def remove(self) -> None:
        """Remove everything of this stack, and the root when nothing else is in it.

        Raises:
            RehearsalError: the folder holds something else than a rehearsal.
            OSError: something in it cannot be removed.
        """
        self.check()
        if self.folder.exists():
            # Through a symbolic link as well: the user may have moved it to a larger disk.
            shutil.rmtree(self.folder.resolve())
        if self.folder.is_symlink():
            self.folder.unlink()
        self._lock.unlink(missing_ok=True)
        with suppress(OSError):
            self.root.rmdir()

    def forget_if_empty(self) -> None:
        """Remove the folder of a run that failed before it made anything."""
        if self.folder.is_dir() and all(entry.name == _MARK for entry in self.folder.iterdir()):
            shutil.rmtree(self.folder)

    @contextmanager
    def locked(self, progress: Progress) -> Generator[None]:
        """Let one command at a time change this stack's rehearsal."""

        def waiting(owner: str) -> None:
            progress.line(f"another rehearsal command works on stack {self.stack} (process {owner}): waiting for it")

        self.check()
        with exclusive(self._lock, waiting):
            yield

    @property
    def _lock(self) -> Path:
        return self.root / f"{self.stack}.lock"


def check_root(root: Path) -> None:
    """Refuse a place where no folder is and none can be made.

    Raises:
        RehearsalError: a file is there, or above it.
        OSError: it cannot be looked at.
    """
    for place in (root, *root.parents):
        try:
            mode = place.stat().st_mode
        except (FileNotFoundError, NotADirectoryError):
            continue
        if not stat.S_ISDIR(mode):
            raise RehearsalError(f"{place} is a file, not a folder", "name a folder with --state")
        return


def known_stacks(root: Path) -> list[str]:
    """The names of the stacks that have a state folder under `root`.

    Raises:
        RehearsalError: `root` is a file.
        OSError: it cannot be read.
    """
    check_root(root)
    if not root.exists():
        return []
    found = (entry.name for entry in root.iterdir() if _STACK_NAME.fullmatch(entry.name))
    return sorted(name for name in found if _is_rehearsal(root / name))


def _is_rehearsal(folder: Path) -> bool:
    return any((folder / mark).exists() for mark in (_MARK, *_FORMER_MARKS))
