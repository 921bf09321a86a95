"""What the program imports, against what its floor does: CPU in interpreters of their own."""

import resource
import statistics
import subprocess
import sys

from bench.measure import CHECKOUT, ENVIRONMENT

ROUNDS = 5
TARGET = 1.7
PROGRAM, FLOOR = "__main__.py", "bench/floor/__main__.py"
# A language host has the SDK; the floor's kinds are loaded when it uses the first of them.
_READ = """
import runpy, sys, pulumi, pulumi_kubernetes
runpy.run_path(sys.argv[1], run_name="imported")
pulumi_kubernetes.core.v1.ConfigMap
"""


def run() -> None:
    """Print one line."""
    taken: dict[str, list[float]] = {PROGRAM: [], FLOOR: []}
    for _ in range(ROUNDS):
        for program, seconds in taken.items():
            seconds.append(_seconds(program))
    ratio = statistics.median(ours / theirs for ours, theirs in zip(*taken.values(), strict=True))
    ours, theirs = (statistics.median(seconds) for seconds in taken.values())
    print(
        f"\nimports: {ours:.2f} s of CPU, those of the floor {theirs:.2f} s: ratio {ratio:.2f} (median of {ROUNDS})   "
        f"target {TARGET:.2f}"
    )


def _seconds(program: str) -> float:
    before = _spent()
    subprocess.run([sys.executable, "-c", _READ, program], cwd=CHECKOUT, env=ENVIRONMENT, check=True)
    return _spent() - before


def _spent() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return children.ru_utime + children.ru_stime
