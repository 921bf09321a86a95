"""Much content added to a running stack, against as many trivial resources added to another."""

import shutil
from pathlib import Path

import yaml

from bench.measure import CHECKOUT, NO_CHECKPOINTS, Subject, floor_of
from bench.start_up import no_delays
from bench.table import Comparison, counted, say
from tests.unit.content.generate import manifests

STACK_FILE = "Pulumi.dev.yaml"
CONTENT_FILE = "content.yaml"


def run(folder: Path, count: int) -> None:
    """Print one table; `folder` is for what the measurements leave."""
    instant = no_delays(folder / "instant.yaml")
    program = Subject("program", _project(folder / "project"), folder / "program", instant, NO_CHECKPOINTS)
    subjects = [program]
    try:
        say("the program without content, and its floor")
        program.run("up")
        floor = floor_of(program.resources(), folder / "floor", instant, NO_CHECKPOINTS)
        subjects.append(floor)
        floor.run("up")
        comparison = Comparison()
        _declare(program.project, count)
        comparison.measure(program)
        counts = program.resources()
        larger = floor_of(counts, floor.state, instant, NO_CHECKPOINTS)
        comparison.measure(larger)
    finally:
        for subject in subjects:
            subject.run("down")
    print(f"\n{count} content resources added to a stack that is up: {counted(counts)}")
    comparison.show(program, [larger])


def _project(folder: Path) -> Path:
    """A copy of the program whose dev stack has no content yet."""
    shutil.copytree(CHECKOUT / "components", folder / "components", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("__main__.py", "Pulumi.yaml", STACK_FILE):
        shutil.copy2(CHECKOUT / name, folder)
    _declare(folder, 0)
    return folder


def _declare(project: Path, count: int) -> None:
    """Have the dev stack declare `count` resources."""
    (project / CONTENT_FILE).write_text(yaml.safe_dump_all(manifests(count), sort_keys=False))
    settings = yaml.safe_load((CHECKOUT / STACK_FILE).read_text())
    settings["config"]["forail:content"] = {"files": [CONTENT_FILE] if count else []}
    (project / STACK_FILE).write_text(yaml.safe_dump(settings))
