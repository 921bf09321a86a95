"""An `up` in a process of its own, in which something is killed at one boundary."""

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import astuple, dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from pulumi.automation import EngineEvent

from rehearsal.engine import Engine
from rehearsal.failure import RehearsalError
from rehearsal.progress import Progress
from rehearsal.project import Project
from rehearsal.state import CHECKOUT, StateFolder
from tests.rehearsal.kills.api_server import ApiServer
from tests.rehearsal.kills.boundary import Aim, Boundary, Victim, boundary_of

_PROVIDER = "pulumi-resource"
"""The first 15 characters of the provider's program, all that the operating system keeps of a name."""
_POLL_SECONDS = 0.05
# A process that has imported what each `up` needs, and runs none itself: importing takes longer than most of them do.
_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload([__name__, "rehearsal.providers", "components.forail"])


class NotKilled(Exception):  # noqa: N818 - the run's outcome
    """The `up` failed before the boundary; the message is what it said."""


@dataclass(frozen=True)
class _Order:
    """What crosses over to the process."""

    victim: Victim
    aim: Aim | Path
    server: ApiServer
    state: StateFolder
    project: Path
    overrides: Mapping[str, object]
    kubeconfig: Path
    environment: Mapping[str, str]
    log: Path


def doomed_up(engine: Engine, victim: Victim, aim: Aim, server: ApiServer) -> list[Boundary]:
    """Run `up` and kill the victim at a boundary; the API server again and again, as long as the `up` lives with it.

    Args:
        engine: the stack.
        victim: whom to kill.
        aim: where; not twice at the same.
        server: the cluster's API server.

    Returns:
        Where it was killed, in that order; nothing when the `up` ended well without coming there.

    Raises:
        NotKilled: it failed by itself.
    """
    return [Boundary(*told) for told in _carried_out(engine, victim, aim, server)]


def doomed_once(engine: Engine, victim: Victim, there: Path, server: ApiServer) -> bool:
    """The same, as soon as a file is there; whether it was killed."""
    return bool(_carried_out(engine, victim, there, server))


def _carried_out(engine: Engine, victim: Victim, aim: Aim | Path, server: ApiServer) -> list[tuple[str, ...]]:
    assert engine.kubeconfig is not None
    log = engine.state.root / "doomed.log"
    order = _Order(
        victim,
        aim,
        server,
        engine.state,
        engine.project.folder,
        dict(engine.overrides),
        engine.kubeconfig,
        dict(os.environ),
        log,
    )
    receiver, sender = _PROCESSES.Pipe(duplex=False)
    process = _PROCESSES.Process(target=_run, args=(sender, order))
    process.start()
    sender.close()
    told: list[tuple[str, ...]] = []
    with suppress(EOFError):
        while True:
            told.append(receiver.recv())
    process.join()
    said = log.read_text(errors="replace") if log.exists() else ""
    engine.progress.line(said)
    if not told and process.exitcode:
        raise NotKilled(said)
    return told


class _Executioner:
    """Waits for boundaries among the events of the engine, which come from one thread."""

    def __init__(self, order: _Order, told: Connection) -> None:
        self._aim = order.aim if isinstance(order.aim, Aim) else Aim(at=frozenset())
        self._told = told
        self._kill = _killer(order.victim, order.server)
        # An `up` lives on without its API server only.
        self._again = order.server.ready if order.victim is Victim.API_SERVER else lambda: False
        self._killed: set[Boundary] = set()

    def __call__(self, event: EngineEvent) -> None:
        boundary = boundary_of(event)
        if boundary is None or boundary in self._killed or not self._aim.takes(boundary):
            return
        if self._killed and not self._again():
            return
        self._killed.add(boundary)
        # As plain text: where the project is this checkout, its run has put modules of its own in the place of these.
        self._told.send(astuple(boundary))
        self._kill()


def _kill_once(there: Path, order: _Order, told: Connection) -> None:
    """Wait for the file in a thread."""
    kill = _killer(order.victim, order.server)

    def wait() -> None:
        while not there.exists():
            time.sleep(_POLL_SECONDS)
        told.send(("there",))
        kill()

    threading.Thread(target=wait, daemon=True).start()


def _children(parent: int, name: str) -> list[int]:
    found = subprocess.run(["pgrep", "-P", str(parent), name], capture_output=True, text=True, check=False)
    return [int(pid) for pid in found.stdout.split()]


def _killer(victim: Victim, server: ApiServer) -> Callable[[], None]:
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
            return server.die


def _run(told: Connection, order: _Order) -> None:
    """The process: its words go to the log, its end says how the `up` ended."""
    with order.log.open("wb") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    # An API server that is started here lives on, and would keep the other end waiting.
    os.set_inheritable(told.fileno(), False)
    # The server of these processes has the variables of the moment at which it was started.
    os.environ.clear()
    os.environ.update(order.environment)
    os.chdir(CHECKOUT)
    project = Project.load(order.project)
    engine = Engine(order.state, project, Progress(), order.overrides, kubeconfig=order.kubeconfig)
    if isinstance(order.aim, Path):
        _kill_once(order.aim, order, told)
    try:
        engine.up(on_event=_Executioner(order, told))
    except RehearsalError as error:
        sys.exit(f"{error}")
