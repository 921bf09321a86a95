"""Variables given as text: Forail must be able to read them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ...api.models import Inventory, JobTemplate, Schedule, Spec, Workflow
from ...api.models.base import variables_as_stored
from ...schema.shape import Path
from ..read import yaml_text
from .protocol import Found


def check(spec: Spec) -> Found:
    """Texts that Forail would not read as variables."""
    for path, text in texts_of(spec):
        try:
            yaml_text.variables(text if path[-1] == "extraData" else variables_as_stored(text))
        except ValueError as error:
            yield path, f"must be variables as YAML or JSON text, such as 'key: value': {error}"


def texts_of(spec: Spec) -> Iterator[tuple[Path, str]]:
    """Every text that holds variables."""
    match spec:
        case Inventory():
            yield from _given({("spec", "variables"): spec.variables})
            for noun, members in (("hosts", spec.hosts), ("groups", spec.groups)):
                for place, member in enumerate(members):
                    if member.variables:
                        yield ("spec", noun, place, "variables"), member.variables
        case JobTemplate():
            yield from _given({("spec", "extraVars"): spec.extra_vars})
        case Schedule():
            yield from _given({("spec", "extraData"): spec.extra_data})
        case Workflow():
            yield from _given({("spec", "extraVars"): spec.extra_vars})
            for place, node in enumerate(spec.nodes):
                if node.extra_data:
                    yield ("spec", "nodes", place, "extraData"), node.extra_data
        case _:
            pass


def _given(texts: Mapping[Path, str | None]) -> Iterator[tuple[Path, str]]:
    return ((path, text) for path, text in texts.items() if text)
