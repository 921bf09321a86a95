"""Which object a resource is, in Kubernetes and in Forail: none twice, and none taken over without saying so."""

from __future__ import annotations

from collections.abc import Iterator

from ...api.kinds import ADOPT, Kind
from ...schema.shape import Path
from ..problems import Problem, quoted
from ..read.resource import Resource
from .index import Index


def adopt_annotations(index: Index) -> Iterator[Problem]:
    """Annotations that neither take an object over nor leave it."""
    for resource in index.resources:
        if resource.annotations.get(ADOPT, "true") != "true":
            yield Problem(resource.described, ("metadata", "annotations", ADOPT), 'must be "true": remove it otherwise')


def duplicates(index: Index) -> Iterator[Problem]:
    """Two resources that are one object, in Kubernetes or in Forail."""
    states: dict[tuple[Kind, str], int] = {}
    for place, resource in enumerate(index.resources):
        # By place: in Python one resource may be given twice.
        first = states.setdefault((resource.kind, resource.state_name), place)
        if first != place:
            yield Problem(resource.described, ("metadata", "name"), _taken(resource, index.resources[first]))
            continue
        if resource.kind is Kind.FORAIL_INSTANCE:
            continue
        holder = index.named[(resource.kind, index.home(resource), resource.forail_name)]
        if holder is not resource and (holder.namespace, holder.name) != (resource.namespace, resource.name):
            yield Problem(
                resource.described,
                _name_path(resource),
                f"makes its name in Forail {quoted(resource.forail_name)}, and {holder.described} has it: the operator "
                "finds objects by name over all organizations, so both would fight for one; rename one",
            )


def _taken(resource: Resource, first: Resource) -> str:
    if first.namespace == resource.namespace:
        return (
            f"is {quoted(resource.name)} like that of {first.described}, the same kind and namespace: "
            "rename or remove one"
        )
    return (
        f"gives {quoted(resource.state_name)} with its namespace, and so does {first.described}: both would have one "
        "name in Pulumi's state; rename one"
    )


def adoptions(index: Index) -> Iterator[Problem]:
    """Declared objects that exist in Forail already."""
    for resource in index.resources:
        if resource.forail_name not in index.known.of(resource.kind) or resource.adopts:
            continue
        if resource.kind is Kind.FORAIL_INSTANCE:
            if index.default_namespace not in ("", resource.namespace):
                continue
            message = f"is {quoted(resource.name)}, which is also listed as existing: remove it from one of the two"
        else:
            message = (
                f"makes its name in Forail {quoted(resource.forail_name)}, which exists already: the stack would take "
                "it over, and delete it when the declaration goes; rename it, or say so with the annotation "
                'forail-platform.io/adopt: "true"'
            )
        yield Problem(resource.described, _name_path(resource), message)


def _name_path(resource: Resource) -> Path:
    return ("spec", "name") if getattr(resource.spec, "name", None) else ("metadata", "name")
