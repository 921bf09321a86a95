"""`python -m tests.rehearsal.kills`: kill one `up` after the other, and count those that converged afterwards."""

import argparse
import os
import random
import sys
import tempfile
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from itertools import repeat
from pathlib import Path

from rehearsal.control_plane import ControlPlane
from rehearsal.kubernetes.api import Api
from rehearsal.kubernetes.kubeconfig import load
from rehearsal.plugins import VARIABLE, Choice
from rehearsal.progress import Progress
from rehearsal.state import CHECKOUT, StateFolder
from tests.rehearsal.kills.boundary import MEANINGS, Boundary, Victim
from tests.rehearsal.kills.life import Ground, Outcome, live


class _Options(argparse.Namespace):
    stack: str
    project: Path
    victim: list[Victim]
    every: int
    sample: int
    seed: int


def _options(arguments: list[str]) -> _Options:
    parser = argparse.ArgumentParser(
        prog="python -m tests.rehearsal.kills",
        description="Brings a stack up on a control plane of its own and kills every `up` of it at a boundary: when an "
        "operation on a resource begins or is done.",
    )
    parser.add_argument("--stack", default="dev", help="the stack (default: dev)")
    parser.add_argument("--project", type=Path, default=CHECKOUT, help="the Pulumi project's folder")
    meanings = "; ".join(f"{victim}: {meaning}" for victim, meaning in MEANINGS.items())
    parser.add_argument("--victim", type=Victim, action="append", help=f"{meanings} (default: all that there are)")
    parser.add_argument("--every", type=int, default=1, help="boundaries that an `up` passes before it is killed")
    parser.add_argument("--sample", type=int, default=0, help="instead: so many stacks, each killed at one boundary")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6), help="which boundaries are chosen")
    options = parser.parse_args(arguments, _Options())
    built = os.environ.get(VARIABLE) in (Choice.BUILT, Choice.INSTALLED)
    options.victim = options.victim or [victim for victim in Victim if built or victim is not Victim.PROVIDER]
    if Victim.PROVIDER in options.victim and not built:
        parser.error(f"a stand-in is no process of its own: set {VARIABLE} to {Choice.BUILT} or {Choice.INSTALLED}")
    return options


@contextmanager
def _plane(root: Path) -> Generator[StateFolder]:
    state = StateFolder(root, "plane")
    plane = ControlPlane(state, Progress())
    try:
        plane.ensure()
        yield state
    finally:
        plane.stop()


def _run(options: _Options, root: Path, plane: StateFolder) -> int:
    with Api(load(str(plane.kubeconfig))) as api:
        ground = Ground(plane, api, options.project.resolve(), options.stack, _killed)
        whole = live(ground, root / "whole", iter(()), None)
        _tell(f"without a kill: {whole.boundaries} boundaries, {len(whole.settled)} objects", whole)
        if whole.faults:
            return 1
        failed = 0
        for victim in options.victim:
            for number, plan in enumerate(_plans(options, victim, whole.boundaries)):
                begun = time.monotonic()
                outcome = live(ground, root / f"{victim}-{number}", plan, whole.settled)
                failed += bool(outcome.faults)
                _tell(f"{victim}: {len(outcome.kills)} kills, {time.monotonic() - begun:.0f} s", outcome)
    return 1 if failed else 0


def _plans(options: _Options, victim: Victim, boundaries: int) -> Iterator[Iterator[tuple[Victim, int]]]:
    if not options.sample:
        yield repeat((victim, options.every))
        return
    chosen = random.Random(f"{options.seed} {victim}").sample(range(1, boundaries + 1), options.sample)
    for at in chosen:
        yield iter([(victim, at)])


def _killed(victim: Victim, boundary: Boundary) -> None:
    sys.stdout.write(f"    {victim} killed: {boundary}\n")
    sys.stdout.flush()


def _tell(what: str, outcome: Outcome) -> None:
    """One line, and one for each fault."""
    verdict = "converged" if not outcome.faults else "NOT CONVERGED"
    faults = [f"    {line}" for fault in outcome.faults for line in fault.splitlines()]
    sys.stdout.write("\n".join([f"{what}: {verdict}", *faults]) + "\n")
    sys.stdout.flush()


def main(arguments: list[str]) -> int:
    """Run the walk; the exit code is 1 where something did not converge."""
    options = _options(arguments)
    os.environ.setdefault(VARIABLE, Choice.STAND_INS)
    sys.stdout.write(f"{', '.join(options.victim)} of stack {options.stack}, seed {options.seed}\n")
    with tempfile.TemporaryDirectory(prefix="forail-kills-") as folder:
        root = Path(folder)
        with _plane(root) as plane:
            return _run(options, root, plane)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
