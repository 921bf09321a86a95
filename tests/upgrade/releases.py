"""The states that releases left behind: recorded once, previewed by every later program."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from rehearsal.engine import Engine
from rehearsal.progress import Progress
from rehearsal.project import Project
from rehearsal.state import StateFolder

CHECKOUT = Path(__file__).resolve().parents[2]
FOLDER = Path(__file__).resolve().parent
PASSPHRASE = "what is encrypted here was generated for a cluster that is gone"
"""Opens every recorded state; nothing in one guards anything."""
Json = dict[str, Any]


@dataclass(frozen=True)
class Release:
    """The state of one stack as one release left it."""

    version: str
    stack: str

    @property
    def file(self) -> Path:
        """Where it is kept: the file backend's own text, compressed."""
        return FOLDER / self.version / f"{self.stack}.json.gz"

    @property
    def stack_file(self) -> Path:
        """The stack's file as it came with the release."""
        return FOLDER / self.version / f"Pulumi.{self.stack}.yaml"

    @property
    def text(self) -> str:
        """The state."""
        return gzip.decompress(self.file.read_bytes()).decode()

    def record(self, state: str) -> None:
        """Keep `state` and the stack's file. The same text gives the same file."""
        self.file.parent.mkdir(exist_ok=True)
        self.stack_file.write_bytes((CHECKOUT / self.stack_file.name).read_bytes())
        self.file.write_bytes(gzip.compress(state.encode(), mtime=0))


def recorded() -> Iterator[Release]:
    """Every recorded state, oldest release first."""
    for file in sorted(FOLDER.glob("*/*.json.gz")):
        yield Release(file.parent.name, file.name.removesuffix(".json.gz"))


def engine(folder: Path, stack: str, kubeconfig: Path | None = None) -> Engine:
    """The engine on a backend of its own in `folder`, whose secrets PASSPHRASE opens."""
    state = StateFolder(folder, stack)
    state.create()
    state.passphrase.touch(mode=0o600)
    state.passphrase.write_text(PASSPHRASE)
    return Engine(state, Project.load(CHECKOUT), Progress(io.StringIO()), kubeconfig=kubeconfig)


def resumed(folder: Path, release: Release, state: str | None = None) -> Engine:
    """The engine as it was after `release`; `state` replaces what was recorded."""
    found = engine(folder, release.stack)
    found.state_file.parent.mkdir(parents=True)
    found.state_file.write_text(state or release.text)
    return found


def resources(state: str) -> Mapping[str, Json]:
    """The resources of a state by URN."""
    latest = json.loads(state)["checkpoint"]["latest"]
    return {item["urn"]: item for item in cast("list[Json]", latest["resources"])}
