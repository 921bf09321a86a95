"""Renders the stages that kwok follows: the file beside this module with the delays filled in."""

import json
from pathlib import Path

from rehearsal.simulation.delays import RUN_ANNOTATION, START_ANNOTATION, Delays

_SOURCE = Path(__file__).with_name("stages.yaml")


def render(delays: Delays) -> str:
    """The stages as YAML documents."""
    text = _SOURCE.read_text()
    for marker, annotation, table in (
        ("START_DELAY", START_ANNOTATION, delays.start),
        ("RUN_TIME", RUN_ANNOTATION, delays.run),
    ):
        text = text.replace(f"'{marker}'", json.dumps(_expression(annotation, table)))
    return text


def _expression(annotation: str, table: dict[str, str]) -> str:
    """A jq expression over a pod that yields its delay, or nothing where the stage's own default applies."""
    lookup = json.dumps(table, sort_keys=True)
    named = '(.metadata.labels["app.kubernetes.io/component"] // "")'
    return f'.metadata.annotations["{annotation}"] // {lookup}[{named}] // {lookup}[.spec.containers[0].name] // empty'
