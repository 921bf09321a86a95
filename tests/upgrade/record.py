"""Records the state of dev and prod as the current program leaves it: `python -m tests.upgrade.record VERSION`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from rehearsal.control_plane import ControlPlane
from rehearsal.progress import Progress
from rehearsal.state import StateFolder
from tests.upgrade.releases import Release, engine


def main(version: str) -> None:
    """Bring both stacks up, one after the other, each on a control plane of its own."""
    for stack in ("dev", "prod"):
        with tempfile.TemporaryDirectory(prefix="forail-record-") as folder:
            progress, state = Progress(), StateFolder(Path(folder) / "cluster", stack)
            plane = ControlPlane(state, progress)
            try:
                plane.ensure()
                found = engine(Path(folder) / "engine", stack, plane.kubeconfig)
                found.up()
                Release(version, stack).record(found.state_file.read_text())
            finally:
                plane.stop()
            progress.line(f"recorded {Release(version, stack).file.name} of {version}")


if __name__ == "__main__":
    main(sys.argv[1])
