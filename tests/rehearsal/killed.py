"""An `up` that kills itself and its engine at one step of settling, in a process of its own."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, NoReturn

import pytest
from pulumi.automation import CommandResult

from rehearsal.engine import Engine
from rehearsal.engine_process import EngineCommand, Line
from rehearsal.progress import Progress
from rehearsal.project import Project
from rehearsal.state import StateFolder
from tests.rehearsal.rehearsed import Rehearsed

CHECKOUT = Path(__file__).parents[2]
Step = Literal["stack export", "stack import", "refresh"]
Moment = Literal["before", "within", "after"]


def killed(stack: Rehearsed, moment: Moment, step: Step) -> None:
    """Kill an `up` of the stack there; fails itself where the run does not come that far."""
    engine = stack.engine
    given = [str(engine.state.root), engine.state.stack, str(engine.project.folder), json.dumps(dict(engine.overrides))]
    command = [sys.executable, "-m", "tests.rehearsal.killed", moment, step, *given, str(engine.kubeconfig)]
    finished = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert finished.returncode == -signal.SIGKILL, f"it was not killed {moment} {step}:\n{finished.stdout}"


def _die() -> NoReturn:
    children = subprocess.run(["pgrep", "-P", str(os.getpid()), "pulumi"], capture_output=True, text=True, check=False)
    for pid in (*map(int, children.stdout.split()), os.getpid()):
        os.kill(pid, signal.SIGKILL)
    raise AssertionError("unreachable: this process has been killed")


def _main(moment: str, step: str, root: str, stack: str, project: str, overrides: str, kubeconfig: str) -> None:
    run = EngineCommand.run

    def deadly(
        self: EngineCommand,
        args: list[str],
        cwd: str,
        additional_env: Mapping[str, str],
        on_output: Line | None = None,
        on_error: Line | None = None,
    ) -> CommandResult:
        reached = " ".join(args).startswith(step)
        if reached and moment == "before":
            _die()
        result = run(
            self,
            args,
            cwd,
            additional_env,
            (lambda _: _die()) if reached and moment == "within" else on_output,
            on_error,
        )
        return _die() if reached else result

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(EngineCommand, "run", deadly)
        state = StateFolder(Path(root), stack)
        loaded = Project.load(Path(project))
        Engine(state, loaded, Progress(sys.stdout), json.loads(overrides), kubeconfig=Path(kubeconfig)).up()


if __name__ == "__main__":
    _main(*sys.argv[1:])
