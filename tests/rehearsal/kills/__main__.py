"""`python -m tests.rehearsal.kills`: kill one `up` after the other, and count those that converged afterwards."""

import argparse
import io
import itertools
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from rehearsal import certificates
from rehearsal.control_plane import ControlPlane
from rehearsal.kubernetes.api import Api
from rehearsal.kubernetes.kubeconfig import load
from rehearsal.plugins import VARIABLE, Choice
from rehearsal.progress import Progress
from rehearsal.simulation import Delays
from rehearsal.state import CHECKOUT, StateFolder
from tests.files.postgres_server import unused_postgres
from tests.rehearsal.kills.api_server import ApiServer
from tests.rehearsal.kills.boundary import MEANINGS, Boundary, Victim
from tests.rehearsal.kills.changes import CHANGES
from tests.rehearsal.kills.kubelet import Kubelet
from tests.rehearsal.kills.life import Ground, Outcome, live
from tests.rehearsal.kills.scripted import BASE, LONG, Killed, Scene
from tests.rehearsal.kills.walk import Plan, Walk, single, spread
from tests.rehearsal.kills.works import COMPONENTS, SCRIPTED


class _Options(argparse.Namespace):
    stack: str
    project: Path
    victim: list[Victim]
    change: str | None
    scripts: bool
    sample: int
    seed: int


def _options(arguments: list[str]) -> _Options:
    parser = argparse.ArgumentParser(
        prog="python -m tests.rehearsal.kills",
        description="Brings a stack up on a control plane of its own and kills its `up` at every boundary: when an "
        "operation on a resource begins or is done.",
    )
    parser.add_argument("--stack", default="dev", help="the stack (default: dev)")
    parser.add_argument("--project", type=Path, default=CHECKOUT, help="the Pulumi project's folder")
    meanings = "; ".join(f"{victim}: {meaning}" for victim, meaning in MEANINGS.items())
    parser.add_argument("--victim", type=Victim, action="append", help=f"{meanings} (default: all that there are)")
    parser.add_argument(
        "--change",
        choices=list(CHANGES),
        help="kill an `up` that changes the running stack (default: the stack's first one)",
    )
    parser.add_argument(
        "--scripts",
        action="store_true",
        help=f"instead: kill while the change's Job works on a real PostgreSQL: {', '.join(SCRIPTED)}",
    )
    parser.add_argument("--sample", type=int, default=0, help="only so many places, a stack for each")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6), help="which boundaries a sample has")
    options = parser.parse_args(arguments, _Options())
    built = os.environ.get(VARIABLE) in (Choice.BUILT, Choice.INSTALLED)
    options.victim = options.victim or [victim for victim in Victim if built or victim is not Victim.PROVIDER]
    if Victim.PROVIDER in options.victim and not built:
        parser.error(f"a stand-in is no process of its own: set {VARIABLE} to {Choice.BUILT} or {Choice.INSTALLED}")
    if options.scripts and options.change not in SCRIPTED:
        parser.error(f"--scripts needs --change with one of {', '.join(SCRIPTED)}")
    return options


@contextmanager
def _plane(root: Path, delays: Delays) -> Generator[StateFolder]:
    state = StateFolder(root, "plane")
    plane = ControlPlane(state, Progress(), delays)
    try:
        plane.ensure()
        yield state
    finally:
        plane.stop()


@dataclass
class _Run:
    """The lives of one command."""

    ground: Ground
    root: Path
    whole: Outcome
    lives: int = 0
    failed: int = 0

    def live(self, victim: Victim, plan: Plan, on_kill: Callable[[Boundary], None]) -> None:
        begun = time.monotonic()
        self.lives += 1
        outcome = live(self.ground, self.root / f"{self.lives}", plan, self.whole, on_kill)
        self.failed += bool(outcome.faults)
        _tell(f"{victim}: {len(outcome.kills)} kills, {time.monotonic() - begun:.0f} s", outcome)

    def walk(self, victim: Victim) -> None:
        """Every boundary."""
        walk = Walk(victim, set(self.whole.boundaries))

        def note(boundary: Boundary) -> None:
            walk.note(boundary)
            _say(f"    {victim} killed: {boundary}; {len(walk.left)} left")

        while walk.left:
            before = len(walk.left)
            self.live(victim, walk.plan(), note)
            if len(walk.left) == before:
                self.failed += 1
                _say("\n".join(["no `up` came to these any more:", *(f"    {boundary}" for boundary in walk.left)]))
                return
        _say(f"{victim}: killed at {len(walk.tried)} boundaries, in all {self.lives} lives")

    def sample(self, victim: Victim, number: int, seed: int) -> None:
        """Some boundaries, each in a life of its own."""
        for boundary in spread(self.whole.boundaries, number, seed):
            self.live(victim, single(victim, boundary), lambda at: _say(f"    {victim} killed: {at}"))


def _run(options: _Options, root: Path, plane: StateFolder) -> int:
    with Api(load(str(plane.kubeconfig))) as api:
        change = CHANGES[options.change] if options.change else None
        ground = Ground(plane, api, options.project.resolve(), options.stack, change)
        if options.scripts:
            return _scripts(ground, root, options)
        whole = live(ground, root / "whole", iter(()), None)
        _tell(f"without a kill: {len(whole.boundaries)} boundaries, {len(whole.settled)} objects", whole)
        if whole.faults:
            return 1
        run = _Run(ground, root, whole)
        for victim in options.victim:
            if options.sample:
                run.sample(victim, options.sample, options.seed)
            else:
                run.walk(victim)
    return 1 if run.failed else 0


def _scripts(ground: Ground, root: Path, options: _Options) -> int:
    """Each step of the change's script, killed in each way, one after the other on one stack."""
    change = str(options.change)
    engine = replace(ground.engine(root / "scripted", io.StringIO()), overrides=BASE)
    failed = 0
    with unused_postgres() as server:
        with Kubelet(ground.api, COMPONENTS[change], ["true"], lambda _: {}, root / "log").at_work():
            engine.up()
        work = SCRIPTED[change](server, ground.api, certificates.ensure(ground.plane.certificates).authority, root)
        scene = Scene(ground.api, ApiServer.running(ground.plane), engine, work, root)
        places = list(itertools.product(work.steps, Killed))
        for step, killed in spread(places, options.sample, options.seed) if options.sample else places:
            outcome = Outcome(faults=scene.run(killed, step))
            failed += bool(outcome.faults)
            _tell(f"{killed} killed at `{step.strip()}`", outcome)
    engine.destroy(protected=True)
    return 1 if failed else 0


def _tell(what: str, outcome: Outcome) -> None:
    """One line, and one for each fault."""
    verdict = "converged" if not outcome.faults else "NOT CONVERGED"
    faults = [f"    {line}" for fault in outcome.faults for line in fault.splitlines()]
    by_hand = [f"    by hand: {what}" for what in outcome.by_hand]
    _say("\n".join([f"{what}: {verdict}", *faults, *by_hand]))


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main(arguments: list[str]) -> int:
    """Run the walk; the exit code is 1 where something did not converge."""
    options = _options(arguments)
    os.environ.setdefault(VARIABLE, Choice.STAND_INS)
    what = CHANGES[options.change].what if options.change else "the first up"
    delays = Delays(run={COMPONENTS[options.change]: LONG}) if options.scripts and options.change else Delays()
    _say(f"{', '.join(options.victim)}: {what} of stack {options.stack}, seed {options.seed}")
    with tempfile.TemporaryDirectory(prefix="forail-kills-") as folder:
        root = Path(folder)
        with _plane(root, delays) as plane:
            return _run(options, root, plane)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
