"""Kills the API server of a control plane and starts it again at the same address, as a node does it."""

import os
import signal
from pathlib import Path

from rehearsal import processes
from rehearsal.state import StateFolder

NAME = "kube-apiserver"


def restart(plane: StateFolder) -> None:
    """Kill the API server and start it again at once; it answers some seconds later."""
    recorded = processes.load(plane.processes)
    (server,) = [process for process in recorded if process.name == NAME]
    proc = Path("/proc") / str(server.pid)
    argv = [os.fsdecode(word) for word in (proc / "cmdline").read_bytes().split(b"\0")[:-1]]
    pairs = [os.fsdecode(pair).partition("=") for pair in (proc / "environ").read_bytes().split(b"\0")[:-1]]
    binary = str((proc / "exe").readlink())
    os.kill(server.pid, signal.SIGKILL)
    processes.stop(server, patience=0)
    begun = processes.start(
        NAME, [binary, *argv[1:]], {name: value for name, _, value in pairs}, plane.logs / f"{NAME}.log"
    )
    processes.save(plane.processes, [begun if process.name == NAME else process for process in recorded])
