"""All content of a stack, checked as a whole before anything is applied."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from graphlib import TopologicalSorter

from pydantic import ValidationError

from ..api.kinds import Kind
from .check.index import Index
from .check.known import Known
from .check.table import CHECKS, WARNINGS
from .problems import ContentError, Problem
from .read.documents import Document
from .read.own_secret import secret_inputs
from .read.parse import parse
from .read.resource import Metadata, Resource
from .refusals import refusals

_ORDER: Mapping[Kind, int] = {kind: place for place, kind in enumerate(Kind)}


@dataclass(frozen=True)
class Catalog:
    """Content without a known mistake. Make one with `load` or `of`."""

    resources: tuple[Resource, ...] = ()
    """In an order in which they can be created: each after those that it refers to."""
    warnings: tuple[str, ...] = ()
    """What is allowed and likely to surprise, each with its place."""
    _dependencies: Mapping[Resource, tuple[Resource, ...]] = field(
        default_factory=dict[Resource, tuple[Resource, ...]], repr=False
    )

    @classmethod
    def load(cls, documents: Iterable[Document], default_namespace: str, known: Known) -> Catalog:
        """The resources that `documents` declare.

        Raises:
            ContentError: with every problem of every document.
        """
        resources: list[Resource] = []
        broken: list[tuple[Kind, str]] = []
        problems: list[Problem] = []
        for document in documents:
            parsed = parse(document, default_namespace)
            resources += [parsed.resource] if parsed.resource is not None else []
            broken += [parsed.meant] if parsed.meant is not None else []
            problems += parsed.problems
        return cls._checked(resources, known, default_namespace, problems, broken)

    @classmethod
    def of(cls, resources: Iterable[Resource], known: Known, default_namespace: str = "") -> Catalog:
        """Resources made in Python; the same checks.

        Raises:
            ContentError: with every problem.
        """
        placed = [resource.placed(default_namespace) for resource in resources]
        problems = [problem for resource in placed for problem in _metadata(resource)]
        return cls._checked(placed, known, default_namespace, problems, [])

    @classmethod
    def _checked(
        cls,
        resources: Sequence[Resource],
        known: Known,
        default_namespace: str,
        problems: list[Problem],
        broken: list[tuple[Kind, str]],
    ) -> Catalog:
        found = Index.of(resources, known, default_namespace, broken)
        problems += [problem for check in CHECKS for problem in check(found)]
        if problems:
            raise ContentError(problems)
        dependencies = {resource: found.dependencies(resource) for resource in resources}
        warnings = tuple(problem.text for check in WARNINGS for problem in check(found))
        return cls(_ordered(resources, dependencies), warnings, dependencies)

    def dependencies(self, resource: Resource) -> tuple[Resource, ...]:
        """The declared resources that must exist first: those it refers to directly."""
        return self._dependencies[resource]

    @property
    def secret_config_keys(self) -> tuple[str, ...]:
        """Keys below `contentSecrets` that must have a value, sorted."""
        return tuple(sorted({key for resource in self.resources for key in secret_inputs(resource).values()}))

    @property
    def namespaces(self) -> tuple[str, ...]:
        """Namespaces with content, sorted."""
        return tuple(sorted({resource.namespace for resource in self.resources}))

    @property
    def namespaces_with_secrets(self) -> tuple[str, ...]:
        """Namespaces whose Secrets the operator must read, sorted."""
        readers = (Kind.CREDENTIAL, Kind.FORAIL_INSTANCE)
        return tuple(sorted({resource.namespace for resource in self.resources if resource.kind in readers}))


def _metadata(resource: Resource) -> Iterator[Problem]:
    given = {
        "name": resource.name,
        "namespace": resource.namespace or None,
        "labels": dict(resource.labels),
        "annotations": dict(resource.annotations),
    }
    try:
        Metadata.model_validate(given)
    except ValidationError as error:
        for path, message in refusals(Metadata, given, error):
            yield Problem(resource.described, ("metadata", *path), message)
    if not resource.namespace:
        yield Problem(resource.described, ("metadata", "namespace"), "is missing: give it, or a default_namespace")


def _ordered(
    resources: Sequence[Resource], dependencies: Mapping[Resource, tuple[Resource, ...]]
) -> tuple[Resource, ...]:
    """By kind, then as declared, but for workflows that start others: those come after them."""
    plain = [resource for resource in resources if resource.kind is not Kind.WORKFLOW]
    workflows = TopologicalSorter(
        {
            resource: [other for other in dependencies[resource] if other.kind is Kind.WORKFLOW]
            for resource in resources
            if resource.kind is Kind.WORKFLOW
        }
    )
    return (*sorted(plain, key=lambda resource: _ORDER[resource.kind]), *workflows.static_order())
