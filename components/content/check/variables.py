"""Variables that schedules and workflow nodes hand over: the template must accept them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ...api.kinds import Kind
from ...api.models import JobTemplate, Schedule, Workflow
from ...schema.shape import Path
from ..problems import Problem, quoted
from ..read import yaml_text
from ..read.resource import Resource
from .index import OWN, Index
from .references import TEMPLATES


@dataclass(frozen=True)
class _Handed:
    """One text of variables, and the template that gets it."""

    path: Path
    text: str
    kind: Kind
    name: str


def _handed(resource: Resource) -> Iterator[_Handed]:
    spec = resource.spec
    if isinstance(spec, Schedule) and spec.extra_data:
        yield _Handed(("spec", "extraData"), spec.extra_data, Kind.JOB_TEMPLATE, spec.job_template)
    if isinstance(spec, Workflow):
        for place, node in enumerate(spec.nodes):
            if node.extra_data:
                path = ("spec", "nodes", place, "extraData")
                yield _Handed(
                    path, node.extra_data, TEMPLATES[node.unified_job_template_kind], node.unified_job_template
                )


def refused(index: Index) -> Iterator[Problem]:
    """Variables for a template that neither asks for them nor has the same itself: Forail answers 400."""
    for resource in index.resources:
        home = index.home(resource)
        for handed in _handed(resource):
            target = index.named.get((handed.kind, home, handed.name))
            if target is None or not isinstance(target.spec, JobTemplate | Workflow):
                continue
            if target.spec.ask_variables_on_launch:
                continue
            try:
                given = yaml_text.variables(handed.text)
                same = yaml_text.variables(target.spec.extra_vars or "")
            except ValueError:
                continue
            if any(key not in same or same[key] != value for key, value in given.items()):
                yield Problem(
                    resource.described,
                    handed.path,
                    f"hands variables to {handed.kind} {quoted(handed.name)}, which does not accept them: set "
                    f"askVariablesOnLaunch: true in {target.described}",
                )


def warnings(index: Index) -> Iterator[Problem]:
    """What is allowed and likely to surprise."""
    for resource in index.resources:
        home = index.home(resource)
        for handed in _handed(resource):
            if (handed.kind, home, handed.name) not in index.named and yaml_text.variables(handed.text):
                where = "the operator's own Forail" if home == OWN else f"ForailInstance {resource.backend}"
                yield Problem(
                    resource.described,
                    handed.path,
                    f"goes to {handed.kind} {quoted(handed.name)}, which is not declared here: it must ask for "
                    f"variables in {where}",
                )
