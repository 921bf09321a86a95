"""One life of a stack: an `up` that is killed, once or again and again, what comes of it, and its end."""

import io
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from pulumi.automation import EngineEvent

from rehearsal import checkpoint
from rehearsal.engine import Engine
from rehearsal.failure import RehearsalError
from rehearsal.kubernetes.api import Api
from rehearsal.kubernetes.exchange import ApiError
from rehearsal.progress import Progress
from rehearsal.project import Project
from rehearsal.state import StateFolder
from tests.rehearsal.kills import objects
from tests.rehearsal.kills.api_server import ApiServer, NeverAnswered
from tests.rehearsal.kills.boundary import Boundary, Victim, boundary_of
from tests.rehearsal.kills.changes import Change
from tests.rehearsal.kills.doomed import NotKilled, doomed_up
from tests.rehearsal.kills.walk import Plan

_Result = TypeVar("_Result")
_MARK = "FORAIL_REHEARSAL="
STILL_SECONDS = 600.0
"""Seconds in which not one object goes: something holds them. A machine that is only slow removes one in that time."""


@dataclass(frozen=True)
class Ground:
    """What all lives have in common.

    Args:
        plane: the control plane's folder.
        api: its API server.
        project: the program.
        stack: its stack.
        change: what is changed by the `up` that is killed; None where it is the stack's first.
    """

    plane: StateFolder
    api: Api
    project: Path
    stack: str
    change: Change | None = None

    def engine(self, root: Path, messages: io.StringIO) -> Engine:
        """A backend of its own for the stack."""
        state = StateFolder(root, self.stack)
        project = Project.load(self.project)
        overrides: Mapping[str, object] = self.change.after if self.change else {}
        return Engine(state, project, Progress(messages), overrides, kubeconfig=self.plane.kubeconfig)


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
    by_hand: list[str] = field(default_factory=list[str])
    """What a person does, or leaves lying, where an answer was lost: docs/operations.md says so."""
    settled: dict[str, str] = field(default_factory=dict[str, str])
    jobs: dict[str, str] = field(default_factory=dict[str, str])
    """The comparable name of each Job that was seen, by its identity; those of CronJobs are not counted."""
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
    whole: Outcome | None,
    on_kill: Callable[[Boundary], None] = lambda _: None,
) -> Outcome:
    """Bring the stack up, killing it as planned, and take it down.

    Args:
        ground: the cluster and the stack.
        root: an empty folder for the engine's backend.
        plan: whom to kill where in one `up` after the other; it goes on until it is used up or an `up` ends well.
        whole: a life without a kill, which this one must come to; None where this is that one.
        on_kill: told of each kill before the next `up`.
    """
    messages = io.StringIO()
    root.mkdir(parents=True, exist_ok=True)
    server = ApiServer.running(ground.plane)
    life = _Life(ground, ground.engine(root, messages), server, objects.declared(ground.api), Outcome())
    try:
        life.begin()
        life.be_killed(plan, on_kill)
        life.converge(whole)
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

    def begin(self) -> None:
        """Bring up what is to be changed."""
        if self.ground.change:
            replace(self.engine, overrides=self.ground.change.before).up()
            self.compare_secrets("after the first up")
            self.count_jobs()

    def be_killed(self, plan: Plan, on_kill: Callable[[Boundary], None]) -> None:
        for victim, aim in plan:
            boundaries = self.carried_out(
                lambda aim=aim, victim=victim: doomed_up(self.engine, victim, aim, self.server)
            )
            if not boundaries:
                self.outcome.faults += [f"no `up` came to: {at}" for at in aim.at or ()]
                return
            for boundary in boundaries:
                self.outcome.kills.append((victim, boundary))
                on_kill(boundary)
            self.server.await_answer()
            self.compare_secrets(f"after {victim} was killed when {boundaries[-1]}")
            self.count_jobs()

    def carried_out(self, run: Callable[[], _Result]) -> _Result:
        """Run `up`, a second time after what docs/operations.md has for answers that were lost, "A killed up"."""
        try:
            return run()
        except (NotKilled, RehearsalError):
            found = self.mine()
            made = [key for key in sorted(found.keys() - self.held()) if not objects.autonamed(found[key])]
            if not self.answers_lost() or not made:
                raise
            for key in made:
                self.remove(found[key])
                self.secrets.pop(key, None)
                self.outcome.jobs.pop(str(found[key]["metadata"]["uid"]), None)
            self.outcome.by_hand += [f"deleted: {key}" for key in made]
            return run()

    def answers_lost(self) -> bool:
        """Whether the engine lived on while an answer was lost: it then takes the object for never made."""
        return bool(self.outcome.kills) and self.outcome.kills[-1][0] in (Victim.PROVIDER, Victim.API_SERVER)

    def held(self) -> set[str]:
        """The objects in the engine's state."""
        return objects.in_state(checkpoint.load(self.engine.state_file) or {})

    def converge(self, whole: Outcome | None) -> None:
        """Run `up` once more, and look at everything."""
        self.carried_out(lambda: self.engine.up(on_event=self.outcome.note))
        found = self.mine()
        self.compare_secrets("after the last up")
        held = self.held()
        for key in sorted(found.keys() - held):
            known = self.answers_lost() and objects.autonamed(found[key])
            (self.outcome.by_hand if known else self.outcome.faults).append(f"an orphan: {key}")
        self.outcome.faults += [f"in the state only: {key}" for key in sorted(held - found.keys() - self.before.keys())]
        self.outcome.settled = objects.comparable(found.values())
        self.count_jobs()
        if whole is not None:
            self.outcome.faults += _differences(self.outcome, whole)
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
        left, moved = self.mine(), time.monotonic()
        for obj in left.values():
            self.remove(obj)
        while left:
            found = self.mine()
            if found.keys() != left.keys():
                left, moved = found, time.monotonic()
            assert time.monotonic() < moved + STILL_SECONDS, f"these do not go: {', '.join(sorted(left))}"
            time.sleep(0.05)

    def remove(self, obj: objects.KubeObject) -> None:
        """Delete it, whatever holds it."""
        path = objects.path_of(self.ground.api, obj)
        if path is None:
            return
        if obj["metadata"].get("finalizers"):
            with suppress(ApiError):
                self.ground.api.request(
                    "PATCH", path, body={"metadata": {"finalizers": None}}, content_type="application/merge-patch+json"
                )
        with suppress(ApiError):
            # A Job's pods would stay otherwise; kubectl asks for this by itself.
            self.ground.api.request("DELETE", path, body={"propagationPolicy": "Background"})

    def count_jobs(self) -> None:
        """Remember the Jobs that are there now."""
        self.outcome.jobs.update(objects.jobs(self.ground.api))

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


def _differences(found: Outcome, whole: Outcome) -> list[str]:
    keys = sorted(whole.settled.keys() | found.settled.keys())
    faults = [f"not as without a kill: {key}" for key in keys if whole.settled.get(key) != found.settled.get(key)]
    ran, wanted = Counter(found.jobs.values()), Counter(whole.jobs.values())
    names = sorted(ran | wanted)
    return [*faults, *(f"Jobs {name}: {ran[name]}, not {wanted[name]}" for name in names if ran[name] != wanted[name])]


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
