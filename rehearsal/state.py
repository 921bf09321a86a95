"""Where a rehearsal keeps what it must remember: one folder for each stack."""

import re
import shutil
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from rehearsal.failure import RehearsalError
from rehearsal.locks import exclusive
from rehearsal.progress import Progress

CHECKOUT = Path(__file__).resolve().parent.parent
DEFAULT_ROOT = CHECKOUT / ".rehearsal"
_STACK_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}")


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
                f"{self.stack!r} is no stack name", "use letters, digits, '.', '_' and '-', at most 100 of them"
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

    def create(self) -> None:
        """Make the folder, readable by its owner alone."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o700)

    def remove(self) -> None:
        """Remove everything of this stack, and the root when nothing else is in it."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self._lock.unlink(missing_ok=True)
        with suppress(OSError):
            self.root.rmdir()

    @contextmanager
    def locked(self, progress: Progress) -> Generator[None]:
        """Let one command at a time change this stack's rehearsal."""

        def waiting(owner: str) -> None:
            progress.line(f"another rehearsal command works on stack {self.stack} (process {owner}): waiting for it")

        with exclusive(self._lock, waiting):
            yield

    @property
    def _lock(self) -> Path:
        return self.root / f"{self.stack}.lock"


def known_stacks(root: Path) -> list[str]:
    """The names of the stacks that have a state folder under `root`."""
    if not root.is_dir():
        return []
    return sorted(entry.name for entry in root.iterdir() if entry.is_dir() and _STACK_NAME.fullmatch(entry.name))
