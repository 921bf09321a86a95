"""An operation that must fail, in a process of its own: the SDK leaves an event loop behind when the engine ends a
program that still registers resources.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Literal

from rehearsal.engine import Engine
from rehearsal.failure import RehearsalError
from rehearsal.progress import Progress
from rehearsal.project import Project
from rehearsal.state import StateFolder
from tests.rehearsal.rehearsed import Rehearsed

CHECKOUT = Path(__file__).parents[2]
Operation = Literal["preview", "up"]


def refused(stack: Rehearsed, operation: Operation) -> str:
    """What the engine says about an operation that must fail; fails itself where it does not."""
    engine = stack.engine
    given = [
        str(engine.state.root),
        engine.state.stack,
        str(engine.project.folder),
        json.dumps(dict(engine.overrides)),
        str(engine.kubeconfig),
    ]
    command = [sys.executable, "-m", "tests.rehearsal.refused", operation, *given]
    finished = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    said = finished.stdout + finished.stderr
    assert finished.returncode == 1, f"the {operation} was not refused:\n{said}"
    assert said.rstrip().endswith(f"{operation} refused"), f"the {operation} could not be tried:\n{said}"
    return said


def _main(operation: str, root: str, stack: str, project: str, overrides: str, kubeconfig: str) -> int:
    engine = Engine(
        StateFolder(Path(root), stack),
        Project.load(Path(project)),
        Progress(sys.stdout),
        json.loads(overrides),
        {},
        True,
        Path(kubeconfig),
    )
    try:
        if operation == "up":
            engine.up()
        else:
            engine.preview()
    except RehearsalError:
        sys.stderr.write(f"{operation} refused\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(_main(*sys.argv[1:]))
