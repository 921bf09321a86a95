"""Two subjects measured in turn, and the table of their medians and ratios."""

import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field

from bench.measure import Run, Subject

COMMANDS = ("preview", "up", "up again")


@dataclass(frozen=True)
class Comparison:
    """The runs of the program and of its floor, by subject and command."""

    runs: dict[str, dict[str, list[Run]]] = field(default_factory=dict[str, dict[str, list[Run]]])

    def measure(self, subject: Subject, commands: Sequence[str] = COMMANDS) -> None:
        """Run each command once."""
        for command in commands:
            say(f"{subject.name}: {command}")
            runs = self.runs.setdefault(subject.name, {}).setdefault(command, [])
            runs.append(subject.run(command.split()[0]))

    def show(self, program: Subject, floors: Sequence[Subject], target: float | None = None) -> None:
        """Print the table. A ratio is the median over rounds, each of program and floor next to each other."""
        rounds = len(self.runs[program.name][COMMANDS[0]])
        of = f"median of {rounds}; " if rounds > 1 else ""
        print(f"{'':<12} {'program':>9} {'floor':>9} {'ratio':>7}   ({of}seconds of the whole command)")
        wanted = f"   target {target:.2f}" if target is not None else ""
        for floor in floors:
            for command, theirs in self.runs[floor.name].items():
                ours = self.runs[program.name][command]
                pairs = zip(ours, theirs, strict=True)
                ratio = statistics.median(ours.seconds / theirs.seconds for ours, theirs in pairs)
                against = f"   against {floor.name}" if len(floors) > 1 else ""
                print(f"{command:<12} {_median(ours):>9.2f} {_median(theirs):>9.2f} {ratio:>7.2f}{wanted}{against}")

    def peak(self, program: Subject) -> float:
        """MiB of the largest process that ran the program."""
        return max(run.mebibytes for runs in self.runs[program.name].values() for run in runs)


def counted(counts: dict[str, int]) -> str:
    """How many resources there are, and of which providers."""
    each = ", ".join(f"{count} {name}" for name, count in sorted(counts.items()))
    return f"{sum(counts.values())} resources ({each})"


def say(text: str) -> None:
    """Tell on stderr what is being done."""
    sys.stderr.write(f"bench: {text}\n")


def _median(runs: Sequence[Run]) -> float:
    return statistics.median(run.seconds for run in runs)
