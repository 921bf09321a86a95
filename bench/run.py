"""One rehearsal command in a process of its own: what it took, and the memory of the process that ran the program.

Two are not commands of the rehearsal: `start` brings up only the control plane, so that `up` is measured without it,
and `traced-up` is an `up` on it that also writes when each resource began and ended.
"""

import argparse
import resource
import sys
from pathlib import Path

from bench import trace
from rehearsal.command import main
from rehearsal.control_plane import ControlPlane
from rehearsal.progress import Progress
from rehearsal.simulation import Delays
from rehearsal.state import StateFolder


class Options(argparse.Namespace):
    """Where the control plane goes."""

    state: Path
    stack: str
    delays: Path


def start(arguments: list[str]) -> int:
    """Brings up a control plane."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--state", type=Path)
    parser.add_argument("--stack")
    parser.add_argument("--delays", type=Path)
    options, _ = parser.parse_known_args(arguments, namespace=Options())
    state, progress = StateFolder(options.state.resolve(), options.stack), Progress()
    with state.locked(progress):
        ControlPlane(state, progress, Delays.load(options.delays)).ensure()
    return 0


if __name__ == "__main__":
    match sys.argv[1]:
        case "start":
            code = start(sys.argv[2:])
        case "traced-up":
            code = trace.up(sys.argv[2:])
        case _:
            code = main(sys.argv[1:])
    kibibytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    sys.stderr.write(f"\npeak-kib {kibibytes}\n")
    sys.exit(code)
