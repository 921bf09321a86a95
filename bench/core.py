"""The dev stack against its floor, its memory, and what determines how long its `up` takes."""

from dataclasses import replace
from pathlib import Path

from bench.measure import CHECKOUT, NO_CHECKPOINTS, Subject, floor_of
from bench.start_up import CRITICAL_PATH, no_delays, usual_delays
from bench.table import Comparison, counted, say

TARGET = 1.15
MEMORY_TARGET = 200
ONCE = ("preview once", "up once")


def run(folder: Path, rounds: int) -> None:
    """Print one table and a line; `folder` is for what the measurements leave."""
    instant = no_delays(folder / "instant.yaml")
    program = Subject("program", CHECKOUT, folder / "program", instant)
    subjects = [program]
    try:
        say("first up of the program, which also counts its resources")
        program.run("up")
        counts = program.resources()
        program.run("destroy")
        floor = floor_of(counts, folder / "floor", instant)
        chain = replace(floor, name="chain", environment={**floor.environment, "FLOOR_CHAIN": "yes"})
        subjects.append(floor)
        floor.run("up")
        floor.run("destroy")
        comparison = Comparison()
        for number in range(1, rounds + 1):
            say(f"round {number} of {rounds}")
            for subject in (program, floor):
                comparison.measure(subject)
                subject.run("destroy")
            comparison.measure(chain, ["up"])
            chain.run("destroy")
            for subject, commands in ((program, ONCE), (floor, ONCE), (chain, ONCE[1:])):
                comparison.measure(_writing_once(subject), commands)
                subject.run("destroy")
    finally:
        for subject in subjects:
            subject.run("down")
    print(f"\ndev stack: {counted(counts)}")
    comparison.show(program, [floor, chain], TARGET)
    print("floor: as many trivial resources; chain: the same, some of them pods that wait for one another as ours do")
    print("once: the engine serializes the state at the end; else all of it at each step, in a preview too")
    peak = comparison.peak(program)
    print(
        f"peak memory of the process with program and stand-in providers: {peak:.0f} MiB   target {MEMORY_TARGET} MiB"
    )


def _writing_once(subject: Subject) -> Subject:
    """The same, with the state written at the end."""
    return replace(subject, environment={**subject.environment, **NO_CHECKPOINTS})


def critical_paths(folder: Path) -> None:
    """Two `up` whose chains are printed: what the program and the engine take, and what pods on a small cluster do."""
    instant = Subject("instant", CHECKOUT, folder / "instant", no_delays(folder / "instant.yaml"))
    say("up without start-up delays, its critical path")
    _traced(instant)
    say(f"up with simulated start-up delays; their critical path is {CRITICAL_PATH} seconds")
    seconds = _traced(Subject("delayed", CHECKOUT, folder / "delayed", usual_delays(folder / "delays.yaml")))
    ratio = seconds / CRITICAL_PATH
    print(f"up with delays {seconds:.1f} s, critical path {CRITICAL_PATH} s: ratio {ratio:.2f}   target {TARGET:.2f}")


def _traced(subject: Subject) -> float:
    """Print the chain of one `up`, and return its seconds."""
    try:
        subject.run("start")
        path = subject.traced_up()
    finally:
        subject.run("down")
    path.show()
    return path.total
