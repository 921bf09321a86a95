"""What the fixtures of `conftest.py` hand to a test."""

import io
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from rehearsal.control_plane import ControlPlane
from rehearsal.engine import Engine
from rehearsal.kubernetes.api import Api
from rehearsal.outputs import Outputs

DEADLINE = 90.0
"""Seconds after which a condition is taken to never come; far beyond what any of them needs."""


def eventually(what: str, condition: Callable[[], object]) -> None:
    """Poll until `condition` holds."""
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not happen within {DEADLINE:.0f} s"
        time.sleep(0.05)


@dataclass(frozen=True)
class Cluster:
    """A running control plane."""

    kubeconfig: Path
    url: str
    authority: Path
    api: Api
    plane: ControlPlane


@dataclass(frozen=True)
class Rehearsed:
    """One stack of one project on the session's cluster, with an engine backend of its own."""

    engine: Engine
    messages: io.StringIO

    def up(self, *, expect_no_changes: bool = False) -> Outputs:
        return self.engine.up(expect_no_changes=expect_no_changes)

    def preview(self, *, expect_no_changes: bool = False) -> Mapping[str, int]:
        return self.engine.preview(expect_no_changes=expect_no_changes)

    def refresh(self, *, expect_no_changes: bool = False) -> Mapping[str, int]:
        return self.engine.refresh(expect_no_changes=expect_no_changes)

    def destroy(self, *, protected: bool = False) -> None:
        self.engine.destroy(protected=protected)

    def outputs(self) -> Outputs:
        return self.engine.outputs()

    def command(self, *arguments: str) -> str:
        """Another command of the CLI on the stack; returns what it printed."""
        return self.engine.command(*arguments)

    def state_text(self) -> str:
        """The engine's state file, as it lies on the disk."""
        return self.engine.state_file.read_text()

    def holds_resources(self) -> bool:
        """Whether anything is left to destroy."""
        if not self.engine.state_file.exists():
            return False
        return bool(json.loads(self.state_text())["checkpoint"]["latest"].get("resources"))

    @property
    def log(self) -> str:
        """Everything that the engine has said so far."""
        return self.messages.getvalue()


class Rehearse(Protocol):
    """Prepares a stack; nothing runs before one of its operations is called, and the fixture's end destroys it."""

    def __call__(
        self,
        project_dir: Path,
        stack: str = "dev",
        config_overrides: Mapping[str, object] | None = None,
        *,
        secret_overrides: Mapping[str, str] | None = None,
        strict: bool | None = None,
        beside: Rehearsed | None = None,
    ) -> Rehearsed:
        """
        Args:
            project_dir: the Pulumi project's folder.
            stack: the stack whose file is used.
            config_overrides: laid over the stack file; a key without `:` gets the project's name in front.
            secret_overrides: the same for secret values, by configuration path.
            strict: have the API server refuse fields that it does not know.
            beside: share that one's engine backend, so that stack references find it.
        """
        ...
