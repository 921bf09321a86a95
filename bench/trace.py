"""One `up` on a control plane that runs, with the time of each event of the engine."""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

from pulumi import automation

from rehearsal.engine import Engine
from rehearsal.progress import Progress
from rehearsal.project import Project
from rehearsal.state import StateFolder


class Options(argparse.Namespace):
    """What is brought up, and where its times go."""

    project: Path
    state: Path
    stack: str
    trace: Path


def up(arguments: list[str]) -> int:
    """Bring the stack up, and write the seconds since the epoch at which each resource began and ended, by URN.

    The engine's own time stamps are whole seconds: these are taken where its events arrive.
    """
    parser = argparse.ArgumentParser()
    parser.add_argument("--project", type=Path)
    parser.add_argument("--state", type=Path)
    parser.add_argument("--stack")
    parser.add_argument("--trace", type=Path)
    options, _ = parser.parse_known_args(arguments, namespace=Options())
    started: dict[str, float] = {}
    ended: dict[str, float] = {}

    def note(event: automation.EngineEvent) -> None:
        now = time.time()
        if event.resource_pre_event is not None:
            started.setdefault(event.resource_pre_event.metadata.urn, now)
        if event.res_outputs_event is not None:
            ended.setdefault(event.res_outputs_event.metadata.urn, now)

    state, progress = StateFolder(options.state.resolve(), options.stack), Progress()
    with state.locked(progress):
        engine = Engine(state, Project.load(options.project), progress)
        engine.up(on_event=note)
        document = json.loads(engine.state_file.read_text())
    options.trace.write_text(json.dumps({"started": started, "ended": ended, "state": document}))
    return 0
