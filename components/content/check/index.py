"""Names of everything declared, as Forail looks them up: by kind and name over all organizations of one Forail."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from ...api.kinds import Kind
from ...api.models import ForailInstance
from ...schema.shape import Path
from ..problems import Problem, quoted
from ..read.resource import Resource
from .known import Known

OWN = ""
"""The operator's own Forail."""


@dataclass
class Index:
    """Everything that a name can mean."""

    known: Known
    resources: tuple[Resource, ...]
    default_namespace: str = ""
    """Where the ForailInstances are that are known to exist; empty, anywhere."""
    broken: frozenset[tuple[Kind, str]] = frozenset()
    """Kind and name of what is declared in a form that cannot be used."""
    instances: dict[tuple[str, str], Resource] = field(default_factory=dict[tuple[str, str], Resource])
    """ForailInstances by namespace and name."""
    named: dict[tuple[Kind, str, str], Resource] = field(default_factory=dict[tuple[Kind, str, str], Resource])
    """Objects by kind, Forail and name."""
    elsewhere: dict[tuple[Kind, str], list[Resource]] = field(default_factory=dict[tuple[Kind, str], list[Resource]])
    """Objects by kind and name, in whatever Forail."""

    @classmethod
    def of(
        cls,
        resources: Iterable[Resource],
        known: Known,
        default_namespace: str = "",
        broken: Iterable[tuple[Kind, str]] = (),
    ) -> Index:
        """Reads every name once; of two equal ones the first counts."""
        index = cls(known, tuple(resources), default_namespace, frozenset(broken))
        for resource in index.resources:
            if resource.kind is Kind.FORAIL_INSTANCE:
                index.instances.setdefault((resource.namespace, resource.name), resource)
        for resource in index.resources:
            if resource.kind is not Kind.FORAIL_INSTANCE:
                index.named.setdefault((resource.kind, index.home(resource), resource.forail_name), resource)
                index.elsewhere.setdefault((resource.kind, resource.forail_name), []).append(resource)
        return index

    def home(self, resource: Resource) -> str:
        """Which Forail holds it: two ForailInstances with one address are one."""
        if resource.backend is None:
            return OWN
        instance = self.instances.get((resource.namespace, resource.backend))
        if instance is None or not isinstance(instance.spec, ForailInstance):
            return f"{resource.namespace}/{resource.backend}"
        return f"{instance.spec.url} {instance.spec.host_header or ''}"


def duplicates(index: Index) -> Iterator[Problem]:
    """Two resources that are one object, in Kubernetes or in Forail."""
    objects: dict[tuple[Kind, str, str], Resource] = {}
    for resource in index.resources:
        first = objects.setdefault((resource.kind, resource.namespace, resource.name), resource)
        if first is not resource:
            yield Problem(
                resource.described,
                ("metadata", "name"),
                f"is {quoted(resource.name)} like that of {first.described}, the same kind and namespace: "
                "rename or remove one",
            )
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
