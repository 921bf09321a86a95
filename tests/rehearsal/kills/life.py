"""One life of a stack: an `up` that is killed, once or again and again, what comes of it, and its end."""

import io
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from pulumi.automation import EngineEvent

from rehearsal import checkpoint
from rehearsal.engine import Engine
from rehearsal.failure import RehearsalError
from rehearsal.kubernetes.api import Api
from rehearsal.progress import Progress
from rehearsal.project import Project
from rehearsal.state import StateFolder
from tests.rehearsal.kills import objects
from tests.rehearsal.kills.api_server import ApiServer, NeverAnswered
from tests.rehearsal.kills.boundary import Boundary, Victim, boundary_of
from tests.rehearsal.kills.doomed import NotKilled, doomed_up
from tests.rehearsal.kills.walk import Plan
from tests.rehearsal.rehearsed import eventually

_MARK = "FORAIL_REHEARSAL="


@dataclass(frozen=True)
class Ground:
    """What all lives have in common.

    Args:
        plane: the control plane's folder.
        api: its API server.
        project: the program.
        stack: its stack.
        overrides: configuration laid over the stack file.
    """

    plane: StateFolder
    api: Api
    project: Path
    stack: str
    overrides: dict[str, object] = field(default_factory=dict[str, object])

    def engine(self, root: Path, messages: io.StringIO) -> Engine:
        """A backend of its own for the stack."""
        state = StateFolder(root, self.stack)
        project = Project.load(self.project)
        return Engine(state, project, Progress(messages), self.overrides, kubeconfig=self.plane.kubeconfig)


@dataclass
class Outcome:
    """What was killed, and what was wrong afterwards.

    Args:
        kills: where, in the order in which it happened.
        faults: in words; none where running `up` again was all that it took.
        settled: what is comparable of the objects at the end; empty where it did not come to one.
    """

    kills: list[tuple[Victim, Boundary]] = field(default_factory=list[tuple[Victim, Boundary]])
    faults: list[str] = field(default_factory=list[str])
    settled: dict[str, str] = field(default_factory=dict[str, str])
    boundaries: list[Boundary] = field(default_factory=list[Boundary])
    """Those of the last `up`, in the order in which they came."""

    def note(self, event: EngineEvent) -> None:
        """Told of each event of the last `up`."""
        if (boundary := boundary_of(event)) is not None:
            self.boundaries.append(boundary)


def live(
    ground: Ground,
    root: Path,
    plan: Plan,
    expected: dict[str, str] | None,
    on_kill: Callable[[Boundary], None] = lambda _: None,
) -> Outcome:
    """Bring the stack up, killing it as planned, and take it down.

    Args:
        ground: the cluster and the stack.
        root: an empty folder for the engine's backend.
        plan: whom to kill where in one `up` after the other; it goes on until it is used up or an `up` ends well.
        expected: what must be there in the end; None for whatever is.
        on_kill: told of each kill before the next `up`.
    """
    messages = io.StringIO()
    root.mkdir(parents=True, exist_ok=True)
    server = ApiServer.running(ground.plane)
    life = _Life(ground, ground.engine(root, messages), server, objects.declared(ground.api), Outcome())
    try:
        life.be_killed(plan, on_kill)
        life.converge(expected)
        life.destroy()
    except (NotKilled, NeverAnswered, RehearsalError) as error:
        life.outcome.faults.append(f"{error}\n{_last(messages)}")
        life.bury()
    except BaseException:
        life.bury()
        raise
    return life.outcome


@dataclass(frozen=True)
class _Life:
    ground: Ground
    engine: Engine
    server: ApiServer
    before: objects.Found
    outcome: Outcome
    secrets: dict[str, str] = field(default_factory=dict[str, str])

    def be_killed(self, plan: Plan, on_kill: Callable[[Boundary], None]) -> None:
        for victim, aim in plan:
            boundary = doomed_up(self.engine, victim, aim, self.server)
            if boundary is None:
                self.outcome.faults += [f"no `up` came to: {at}" for at in aim.at or ()]
                return
            self.outcome.kills.append((victim, boundary))
            on_kill(boundary)
            self.server.await_answer()
            self.compare_secrets(f"after {victim} was killed when {boundary}")

    def converge(self, expected: dict[str, str] | None) -> None:
        """Run `up` once more, and look at everything."""
        self.engine.up(on_event=self.outcome.note)
        found = self.mine()
        self.compare_secrets("after the last up")
        held = objects.in_state(checkpoint.load(self.engine.state_file) or {})
        self.outcome.faults += [f"an orphan: {key}" for key in sorted(found.keys() - held)]
        self.outcome.faults += [f"in the state only: {key}" for key in sorted(held - found.keys() - self.before.keys())]
        self.outcome.settled = objects.comparable(found.values())
        if expected is not None:
            keys = sorted(expected.keys() | self.outcome.settled.keys())
            self.outcome.faults += [
                f"not as without a kill: {key}" for key in keys if expected.get(key) != self.outcome.settled.get(key)
            ]
        self.engine.up(expect_no_changes=True)
        self.engine.refresh(expect_no_changes=True)
        self.outcome.faults += [f"left over: {what}" for what in _left_over(self.engine)]

    def destroy(self) -> None:
        """Take the stack down; nothing may be left."""
        self.engine.destroy(protected=True)
        self.outcome.faults += [f"left by destroy: {key}" for key in sorted(self.mine())]
        self.bury()

    def bury(self) -> None:
        """Remove whatever is still there, so that the next life begins like this one."""
        self.server.await_answer()
        for obj in self.mine().values():
            path = objects.path_of(self.ground.api, obj)
            if obj["metadata"].get("finalizers"):
                self.ground.api.request(
                    "PATCH", path, body={"metadata": {"finalizers": None}}, content_type="application/merge-patch+json"
                )
            self.ground.api.delete(path)
        eventually("an empty cluster", lambda: not self.mine())

    def mine(self) -> objects.Found:
        return self.new(objects.declared(self.ground.api))

    def new(self, found: objects.Found) -> objects.Found:
        """Those that were not there before."""
        return {key: obj for key, obj in found.items() if key not in self.before and obj["kind"] != "StorageClass"}

    def compare_secrets(self, when: str) -> None:
        """Every Secret that was there once is there still, as it was."""
        now = objects.data_of(self.new(objects.secrets(self.ground.api)))
        for key, data in self.secrets.items():
            if now.get(key) != data:
                self.outcome.faults.append(f"{'changed' if key in now else 'gone'} {when}: {key}")
        self.secrets.update(now)


def _left_over(engine: Engine) -> list[str]:
    """Processes that work for the stack though nobody runs it, and locks on it."""
    marks = f"{_MARK}{engine.state.folder.resolve()}\0".encode()
    found: list[str] = []
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if marks in (entry / "environ").read_bytes():
                found.append((entry / "comm").read_text().strip())
    locks = (engine.state.backend / ".pulumi/locks").glob("**/*.json")
    return [*found, *(str(lock) for lock in locks)]


def _last(messages: io.StringIO) -> str:
    return "\n".join(messages.getvalue().splitlines()[-25:])
