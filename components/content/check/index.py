"""Names of everything declared, as Forail looks them up: by kind and name over all organizations of one Forail."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar, cast

from ...api.kinds import Kind
from ...api.models import ForailInstance, Spec
from ..read.resource import Resource
from .known import Known
from .references import references

OWN = ""
"""The operator's own Forail."""
_Model = TypeVar("_Model", bound=Spec)


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
    _by_model: dict[type[Spec], list[Resource]] = field(default_factory=dict[type[Spec], list[Resource]])
    _dependencies: dict[Resource, tuple[Resource, ...]] = field(default_factory=dict[Resource, tuple[Resource, ...]])

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
            index._by_model.setdefault(type(resource.spec), []).append(resource)
        for resource, _ in index.each(ForailInstance):
            index.instances.setdefault((resource.namespace, resource.name), resource)
        for resource in index.resources:
            if resource.kind is not Kind.FORAIL_INSTANCE:
                index.named.setdefault((resource.kind, index.home(resource), resource.forail_name), resource)
                index.elsewhere.setdefault((resource.kind, resource.forail_name), []).append(resource)
        return index

    def each(self, model: type[_Model]) -> Iterator[tuple[Resource, _Model]]:
        """The resources with a spec of `model`, and that spec, as declared."""
        return ((resource, cast("_Model", resource.spec)) for resource in self._by_model.get(model, ()))

    def home(self, resource: Resource) -> str:
        """Which Forail holds it: two ForailInstances with one address are one."""
        if resource.backend is None:
            return OWN
        instance = self.instances.get((resource.namespace, resource.backend))
        if instance is None or not isinstance(instance.spec, ForailInstance):
            return f"{resource.namespace}/{resource.backend}"
        return f"{instance.spec.url} {instance.spec.host_header or ''}"

    def dependencies(self, resource: Resource) -> tuple[Resource, ...]:
        """The declared resources that it refers to directly, each once, its ForailInstance first."""
        found = self._dependencies.get(resource)
        if found is None:
            found = self._dependencies[resource] = tuple(self._resolved(resource))
        return found

    def _resolved(self, resource: Resource) -> dict[Resource, None]:
        found: dict[Resource, None] = {}
        if resource.backend is not None:
            instance = self.instances.get((resource.namespace, resource.backend))
            if instance is not None:
                found[instance] = None
        home = self.home(resource)
        for reference in references(resource.spec):
            target = self.named.get((reference.kind, home, reference.name))
            if target is not None and target is not resource:
                found[target] = None
        return found
