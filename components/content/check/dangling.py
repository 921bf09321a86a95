"""Names that resources refer to others by: each must mean exactly one object in the Forail that looks it up."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from ...api.kinds import Kind
from ...schema.suggestions import nearest
from ..problems import Problem, quoted
from ..read.resource import Resource
from .index import OWN, Index
from .references import Outside, Reference, outside, references

# Beyond that many names, or misspelt ones, a search for similar names costs more than it helps.
_SEARCHED = 2000
_SUGGESTED = 40


def check(index: Index) -> Iterator[Problem]:
    """Names that mean nothing, or something in another Forail."""
    similar = _Similar(index)
    for resource in index.resources:
        yield from _instance(index, resource)
        home = index.home(resource)
        for reference in references(resource.spec):
            if not reference.name:
                yield Problem(resource.described, reference.path, f"is empty: give the name of {_a(reference.kind)}")
            elif not _means(index, reference, home):
                message = _elsewhere(index, reference, home) or similar.object(reference)
                yield Problem(resource.described, reference.path, message)
        for other in outside(resource.spec):
            if other.name not in similar.known(other.listed):
                yield Problem(resource.described, other.path, similar.outside(other))


def _means(index: Index, reference: Reference, home: str) -> bool:
    return (
        (reference.kind, home, reference.name) in index.named
        or reference.name in index.known.of(reference.kind)
        or (reference.kind, reference.name) in index.broken
    )


def _instance(index: Index, resource: Resource) -> Iterator[Problem]:
    name = resource.backend
    if name is None or (resource.namespace, name) in index.instances:
        return
    listed = name in index.known.forail_instances
    if listed and index.default_namespace in ("", resource.namespace):
        return
    if (Kind.FORAIL_INSTANCE, name) in index.broken:
        return
    other = next((instance for (_, known), instance in index.instances.items() if known == name), None)
    if other is not None or listed:
        there = other.namespace if other is not None else index.default_namespace
        fix = (
            f"is {quoted(name)}, which is in namespace {there}, and the operator looks in the object's own "
            f"namespace, {resource.namespace}: declare a ForailInstance there"
        )
    else:
        fix = f"names ForailInstance {quoted(name)}, which nothing declares: declare it, or list it as existing"
    yield Problem(resource.described, ("spec", "forailInstance"), fix)


def _elsewhere(index: Index, reference: Reference, home: str) -> str | None:
    """What to say of a name that another Forail has."""
    found = index.elsewhere.get((reference.kind, reference.name))
    if not found:
        return None
    there = found[0].backend
    if home == OWN:
        return (
            f"names {reference.kind} {quoted(reference.name)}, which {found[0].described} puts into ForailInstance "
            f"{quoted(there or '')}, and this object goes to the operator's own Forail: declare one there too"
        )
    owner = f"ForailInstance {quoted(there)}" if there else "the operator's own Forail"
    return (
        f"names {reference.kind} {quoted(reference.name)}, which {found[0].described} puts into {owner}, and this "
        "object goes to another Forail: " + _fix_elsewhere(reference.kind)
    )


def _fix_elsewhere(kind: Kind) -> str:
    if kind.routed:
        return "declare one with the same forailInstance"
    return f"{_a(kind)} cannot be routed, so list the one that exists there"


def _a(kind: Kind) -> str:
    return f"an {kind}" if kind.value[0] in "IO" else f"a {kind}"


class _Similar:
    """Suggests what a name was probably meant to be."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._suggested = 0
        self._declared: dict[Kind, list[str]] = {kind: [] for kind in Kind}
        for resource in index.resources:
            self._declared[resource.kind].append(resource.forail_name)

    def known(self, listed: str) -> frozenset[str]:
        known = self._index.known
        return {
            "executionEnvironments": known.execution_environments,
            "users": known.users,
            "credentialTypes": known.credential_types,
        }[listed]

    def object(self, reference: Reference) -> str:
        """For a name that no object has."""
        other = {Kind.JOB_TEMPLATE: Kind.WORKFLOW, Kind.WORKFLOW: Kind.JOB_TEMPLATE}.get(reference.kind)
        if other is not None and self._exists(other, reference.name):
            fix = (
                "only job templates can be scheduled"
                if reference.path[1] == "jobTemplate"
                else "correct unifiedJobTemplateKind"
            )
            return f"names {quoted(reference.name)} as {_a(reference.kind)}, and it is {_a(other)}: {fix}"
        return (
            f"names {reference.kind} {quoted(reference.name)}, which nothing declares: "
            + self._near(reference.name, self._declared[reference.kind], self._index.known.of(reference.kind))
            + "declare it, or list it as existing"
        )

    def _exists(self, kind: Kind, name: str) -> bool:
        return (kind, name) in self._index.elsewhere or name in self._index.known.of(kind)

    def outside(self, other: Outside) -> str:
        """For a name that the stack does not list."""
        if not other.name:
            return f"is empty: give the name of the {other.noun}"
        near = self._near(other.name, self.known(other.listed))
        return (
            f"names the {other.noun} {quoted(other.name)}, which is not known to exist: {near}list it under "
            f"{other.listed} if it does"
        )

    def _near(self, name: str, *lists: Collection[str]) -> str:
        self._suggested += 1
        if self._suggested > _SUGGESTED or sum(map(len, lists)) > _SEARCHED:
            return ""
        near = nearest(name, {known for names in lists for known in names})
        return f"did you mean {quoted(near)}? Otherwise " if near else ""
