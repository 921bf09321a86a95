"""`python -m bench`: the program against its floor, its memory, and `up` against the critical path of start-up delays.

Quote ratios: they come from one run on one machine. The figures in seconds only show what the ratios are made of.
"""

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

from bench.measure import CHECKOUT, Run, Subject

# Components of the platform, and how long each would take to start on a small cluster, in seconds.
START = {"postgres": 15, "redis": 5, "opa": 3, "otel-collector": 3, "frontend": 4, "web": 30, "task": 25}
INIT_RUN = 60
NO_DELAY = "1ms"
COMMANDS = ("preview", "up", "up again")


def main() -> None:
    """Measures and prints one table and three lines."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="rounds of program and floor in turn (default: 3)")
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory(prefix="forail-bench-") as scratch:
        folder = Path(scratch)
        instant = _delays(folder / "instant.yaml", dict.fromkeys(START, NO_DELAY), NO_DELAY)
        program = Subject("program", CHECKOUT, folder / "program", instant, {})
        _say("first up of the program, which also counts its resources")
        program.run("up")
        counts = program.resources()
        program.run("destroy")
        encoded = "{" + ", ".join(f'"{name}": {count}' for name, count in counts.items()) + "}"
        floor = Subject("floor", CHECKOUT / "bench" / "floor", folder / "floor", instant, {"FLOOR_COUNTS": encoded})
        floor.run("up")
        floor.run("destroy")
        try:
            _compare(program, floor, rounds, counts)
            program.run("down")
            _critical_path(folder)
        finally:
            for subject in (program, floor):
                subject.run("down")


def _compare(program: Subject, floor: Subject, rounds: int, counts: dict[str, int]) -> None:
    runs: dict[str, dict[str, list[Run]]] = {
        name: {command: [] for command in COMMANDS} for name in ("program", "floor")
    }
    for number in range(1, rounds + 1):
        for subject in (program, floor):
            _say(f"round {number} of {rounds}: {subject.name}")
            for command in COMMANDS:
                runs[subject.name][command].append(subject.run(command.split()[0]))
            subject.run("destroy")
    total = sum(counts.values())
    print(f"\n{total} resources ({', '.join(f'{count} {name}' for name, count in sorted(counts.items()))})")
    print(f"{'':<10} {'program':>9} {'floor':>9} {'ratio':>7}   (median of {rounds}; seconds of the whole command)")
    for command in COMMANDS:
        ours = statistics.median(run.seconds for run in runs["program"][command])
        theirs = statistics.median(run.seconds for run in runs["floor"][command])
        pairs = zip(runs["program"][command], runs["floor"][command], strict=True)
        ratio = statistics.median(ours.seconds / theirs.seconds for ours, theirs in pairs)
        print(f"{command:<10} {ours:>9.2f} {theirs:>9.2f} {ratio:>7.2f}   target 1.15")
    peak = max(run.mebibytes for command in COMMANDS for run in runs["program"][command])
    print(f"peak memory of the process with program and stand-in providers: {peak:.0f} MiB   target 200 MiB")


def _critical_path(folder: Path) -> None:
    path = max(START["postgres"], START["redis"]) + INIT_RUN + max(START["web"], START["task"])
    _say(f"up with simulated start-up delays; their critical path is {path} seconds")
    delays = _delays(folder / "delays.yaml", {name: f"{seconds}s" for name, seconds in START.items()}, f"{INIT_RUN}s")
    subject = Subject("delayed", CHECKOUT, folder / "delayed", delays, {})
    try:
        subject.run("start")
        seconds = subject.run("up").seconds
    finally:
        subject.run("down")
    print(f"up with delays {seconds:.1f} s, critical path {path} s: ratio {seconds / path:.2f}   target 1.15")


def _delays(path: Path, start: dict[str, str], run: str) -> Path:
    lines = ["start:", *(f"  {name}: {value}" for name, value in start.items()), f"  init: {NO_DELAY}", "run:"]
    path.write_text("\n".join([*lines, f"  init: {run}", ""]))
    return path


def _say(text: str) -> None:
    sys.stderr.write(f"bench: {text}\n")


if __name__ == "__main__":
    main()
