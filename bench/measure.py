"""Runs rehearsal commands and takes wall time and memory."""

import json
import os
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from bench.critical_path import CriticalPath, critical_path, steps

CHECKOUT = Path(__file__).resolve().parent.parent
# Compiling the project again in every process would be measured too.
ENVIRONMENT = os.environ | {"PYTHONDONTWRITEBYTECODE": ""}
NO_CHECKPOINTS = {"PULUMI_EXPERIMENTAL": "true", "PULUMI_SKIP_CHECKPOINTS": "true"}
"""The engine serializes the whole state at each step, in a preview too; so its time grows with the square of the
resources and hides program and floor alike. With these it does so once, at the end."""


@dataclass(frozen=True)
class Run:
    """What one command took."""

    seconds: float
    """Wall time."""
    mebibytes: float
    """Peak memory of the process that runs the program and serves the stand-in providers."""


@dataclass(frozen=True)
class Subject:
    """A project in a rehearsal of its own."""

    name: str
    project: Path
    state: Path
    delays: Path
    environment: dict[str, str] = field(default_factory=dict[str, str])

    def run(self, command: str, *flags: str) -> Run:
        """One command on this project; raises CalledProcessError with its output where it fails."""
        arguments = [sys.executable, "-m", "bench.run", command, "--stack", "dev"]
        arguments += ["--project", str(self.project), "--state", str(self.state), *flags]
        if command in ("start", "up"):
            arguments += ["--delays", str(self.delays)]
        environment = ENVIRONMENT | self.environment
        started = time.perf_counter()
        finished = subprocess.run(arguments, cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=False)
        seconds = time.perf_counter() - started
        peak = re.search(r"^peak-kib (\d+)$", finished.stderr, re.MULTILINE)
        if finished.returncode or peak is None:
            sys.stderr.write(finished.stderr)
            raise subprocess.CalledProcessError(finished.returncode, arguments)
        return Run(seconds, int(peak.group(1)) / 1024)

    def traced_up(self) -> CriticalPath:
        """Bring it up on the control plane that `start` has left, and return what determined how long that took."""
        trace = self.state / "trace.json"
        began = time.time()
        run = self.run("traced-up", "--trace", str(trace))
        document = json.loads(trace.read_text())
        started, ended = (
            {urn: seconds - began for urn, seconds in document[name].items()} for name in ("started", "ended")
        )
        return critical_path(steps(document["state"], started, ended), run.seconds)

    def resources(self) -> dict[str, int]:
        """How many resources of each provider the state holds, by package."""
        (state,) = self.state.glob("dev/**/.pulumi/stacks/*/dev.json")
        document = json.loads(state.read_text())
        found = cast("list[dict[str, str]]", document["checkpoint"]["latest"]["resources"])
        packages = [resource["type"].split(":")[0] for resource in found]
        return dict(Counter(package for package in packages if package != "pulumi"))


def floor_of(
    counts: dict[str, int], state: Path, delays: Path, environment: Mapping[str, str] | None = None
) -> Subject:
    """The floor program with as many resources of each provider."""
    variables = {"FLOOR_COUNTS": json.dumps(counts), **(environment or {})}
    return Subject("floor", CHECKOUT / "bench" / "floor", state, delays, variables)
