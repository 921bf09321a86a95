"""The API server of a control plane: killed, and started again at the same address as often as it ends."""

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx

from rehearsal import processes
from rehearsal.failure import last_lines
from rehearsal.kubernetes.kubeconfig import load
from rehearsal.processes import Process
from rehearsal.state import StateFolder

NAME = "kube-apiserver"
_STARTS = 10
"""How often it is started again. Another program may have its port for a while, and a slow store ends it."""
_POLL_SECONDS = 0.05


class NeverAnswered(Exception):  # noqa: N818 - the outcome of the starts
    """It ended after each start; the message has its last words."""


@dataclass(frozen=True)
class ApiServer:
    """What it takes to start the API server again.

    Args:
        plane: the control plane's folder.
        command: its program and arguments.
        environment: its variables.
    """

    plane: StateFolder
    command: tuple[str, ...]
    environment: Mapping[str, str]

    @staticmethod
    def running(plane: StateFolder) -> "ApiServer":
        """The one of a control plane that runs."""
        proc = Path("/proc") / str(_recorded(plane).pid)
        argv = [os.fsdecode(word) for word in (proc / "cmdline").read_bytes().split(b"\0")[:-1]]
        pairs = [os.fsdecode(pair).partition("=") for pair in (proc / "environ").read_bytes().split(b"\0")[:-1]]
        command = (str((proc / "exe").readlink()), *argv[1:])
        return ApiServer(plane, command, {name: value for name, _, value in pairs})

    def die(self) -> None:
        """Kill it and start it again at once; it answers some seconds later."""
        self.kill()
        self.start()

    def kill(self) -> None:
        """End it without warning."""
        processes.stop(_recorded(self.plane), patience=0)

    def start(self) -> None:
        """Start it where it has ended."""
        recorded = processes.load(self.plane.processes)
        begun = processes.start(NAME, self.command, self.environment, self._log)
        processes.save(self.plane.processes, [begun if process.name == NAME else process for process in recorded])

    def ended(self) -> bool:
        """Whether nobody serves."""
        return not _recorded(self.plane).alive()

    def await_answer(self) -> None:
        """Wait until it is ready, for as long as that takes; start it again when it has ended.

        Raises:
            NeverAnswered: it ended too often.
        """
        starts = 0
        while not self.ready():
            if self.ended():
                starts += 1
                if starts > _STARTS:
                    raise NeverAnswered(f"the API server ended:\n{last_lines(self._log.read_text())}")
                self.start()
            time.sleep(_POLL_SECONDS)

    def ready(self) -> bool:
        """Whether it serves now."""
        cluster = load(str(self.plane.kubeconfig))
        try:
            with httpx.Client(verify=cluster.trust(), trust_env=False, timeout=5) as client:
                return client.get(f"{cluster.server}/readyz").is_success
        except httpx.TransportError:
            return False

    @property
    def _log(self) -> Path:
        return self.plane.logs / f"{NAME}.log"


def _recorded(plane: StateFolder) -> Process:
    (server,) = [process for process in processes.load(plane.processes) if process.name == NAME]
    return server
