"""A preview in a process of its own: the SDK leaves an event loop behind when the engine refuses a running program."""

import json
import subprocess
import sys
from pathlib import Path

from rehearsal.engine import Engine
from rehearsal.failure import RehearsalError
from rehearsal.progress import Progress
from rehearsal.project import Project
from rehearsal.state import StateFolder
from tests.rehearsal.rehearsed import Rehearsed

CHECKOUT = Path(__file__).parents[2]


def refused_preview(stack: Rehearsed) -> str:
    """What the engine says about a preview that it must refuse; fails where it does not."""
    engine = stack.engine
    given = [
        str(engine.state.root),
        engine.state.stack,
        str(engine.project.folder),
        json.dumps(dict(engine.overrides)),
        str(engine.kubeconfig),
    ]
    command = [sys.executable, "-m", "tests.rehearsal.apart", *given]
    finished = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert finished.returncode == 1, f"the preview was not refused:\n{finished.stdout}{finished.stderr}"
    return finished.stdout + finished.stderr


def _main(root: str, stack: str, project: str, overrides: str, kubeconfig: str) -> int:
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
        engine.preview()
    except RehearsalError:
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(_main(*sys.argv[1:]))
