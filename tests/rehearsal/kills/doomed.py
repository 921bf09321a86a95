"""An `up` in a process of its own, in which something is killed at one boundary."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from pulumi.automation import EngineEvent

from rehearsal.engine import Engine
from rehearsal.failure import RehearsalError
from rehearsal.progress import Progress
from rehearsal.project import Project
from rehearsal.state import CHECKOUT, StateFolder
from tests.rehearsal.kills.api_server import restart
from tests.rehearsal.kills.boundary import Boundary, Victim, boundary_of

_PROVIDER = "pulumi-resource"
"""The first 15 characters of the provider's program, all that the operating system keeps of a name."""


class NotKilled(Exception):  # noqa: N818 - the run's outcome
    """The `up` failed before the boundary; the message is what it said."""


def doomed_up(engine: Engine, victim: Victim, at: int, plane: StateFolder) -> Boundary | None:
    """Run `up` and kill the victim at its boundary number `at`, but not before one operation is done.

    Args:
        engine: the stack.
        victim: whom to kill.
        at: which boundary, from 1.
        plane: the control plane's folder.

    Returns:
        Where it was killed; None when the `up` ended before it came that far.

    Raises:
        NotKilled: it failed by itself.
    """
    assert engine.kubeconfig is not None
    given = [str(engine.state.root), engine.state.stack, str(engine.project.folder), json.dumps(dict(engine.overrides))]
    command = [sys.executable, "-m", __name__, victim, str(at), str(plane.root), plane.stack, *given]
    finished = subprocess.run(
        [*command, str(engine.kubeconfig)], cwd=CHECKOUT, capture_output=True, text=True, check=False
    )
    engine.progress.line(finished.stderr)
    if finished.stdout:
        return Boundary(**json.loads(finished.stdout))
    if finished.returncode:
        raise NotKilled(finished.stderr)
    return None


class _Executioner:
    """Waits for the boundary among the events of the engine, which come from one thread."""

    def __init__(self, at: int, kill: Callable[[], None]) -> None:
        self._left = at
        self._done = False
        self._killed = False
        self._kill = kill

    def __call__(self, event: EngineEvent) -> None:
        boundary = boundary_of(event)
        if boundary is None or self._killed:
            return
        self._left -= 1
        # Otherwise a walk could be killed at the same place for ever.
        self._done = self._done or boundary.moment == "is done"
        if self._left <= 0 and self._done:
            self._killed = True
            sys.stdout.write(json.dumps(asdict(boundary)))
            sys.stdout.flush()
            self._kill()


def _children(parent: int, name: str) -> list[int]:
    found = subprocess.run(["pgrep", "-P", str(parent), name], capture_output=True, text=True, check=False)
    return [int(pid) for pid in found.stdout.split()]


def _killer(victim: Victim, plane: StateFolder) -> Callable[[], None]:
    def end(pids: list[int]) -> None:
        for pid in pids:
            os.kill(pid, signal.SIGKILL)

    def engines() -> list[int]:
        return _children(os.getpid(), "pulumi")

    match victim:
        case Victim.UP:
            return lambda: end([os.getpid()])
        case Victim.ENGINE:
            return lambda: end(engines())
        case Victim.PROVIDER:
            return lambda: end([pid for engine in engines() for pid in _children(engine, _PROVIDER)])
        case Victim.API_SERVER:
            return lambda: restart(plane)


def _main(victim: str, at: str, plane_root: str, plane: str, root: str, stack: str, *rest: str) -> int:
    project, overrides, kubeconfig = rest
    engine = Engine(
        StateFolder(Path(root), stack),
        Project.load(Path(project)),
        Progress(),
        json.loads(overrides),
        kubeconfig=Path(kubeconfig),
    )
    try:
        engine.up(on_event=_Executioner(int(at), _killer(Victim(victim), StateFolder(Path(plane_root), plane))))
    except RehearsalError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(_main(*sys.argv[1:]))
