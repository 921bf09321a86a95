"""What a program registered: look-ups by kind and name, and the graph of dependencies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from google.protobuf import json_format
from pulumi.runtime.proto import resource_pb2

from tests.unit.values import Secret, plain, secret_at


def _given(alias: dict[str, Any]) -> list[str]:
    return [key for key, value in alias.items() if value]


@dataclass(eq=False)
class Registered:
    """One resource, as the program asked for it."""

    urn: str
    request: resource_pb2.RegisterResourceRequest
    """The whole request: parent, provider and every option."""
    marked: dict[str, Any]
    """Inputs, with `Secret` around what is marked as one."""
    state: dict[str, Any] = field(repr=False)
    """What came back, with its marks."""
    registered_outputs: dict[str, Any] | None = None
    """What a component registered as its outputs; None while it did not."""

    @property
    def type(self) -> str:
        """The type token."""
        return self.request.type

    @property
    def name(self) -> str:
        """The name in the program."""
        return self.request.name

    @property
    def kind(self) -> str:
        """The last part of the type token."""
        return self.type.rpartition(":")[2]

    @property
    def is_object(self) -> bool:
        """Whether this is a Kubernetes object."""
        return self.type.startswith("kubernetes:")

    @cached_property
    def inputs(self) -> dict[str, Any]:
        """Inputs without marks."""
        return plain(self.marked)

    @property
    def object_name(self) -> str:
        """`metadata.name`, the provider's own where the program gives none."""
        return plain(self.state)["metadata"]["name"]

    @property
    def label(self) -> str:
        """Kind and name, for messages and tables."""
        return f"{self.kind}/{self.name}"

    @property
    def dependencies(self) -> frozenset[str]:
        """URNs that must be there first."""
        return frozenset(self.request.dependencies)

    @property
    def former_names(self) -> list[str]:
        """Aliases that the program gives; the SDK's own name former API versions of a kind."""
        aliases = json_format.MessageToDict(self.request).get("aliases", [])
        return [str(alias) for alias in aliases if set(_given(alias.get("spec", alias))) - {"type"}]

    def is_secret(self, path: str) -> bool:
        """Whether the input at `path` (dots between keys) is encrypted."""
        return secret_at(self.marked, path)


class Deployment:
    """Everything that one run registered."""

    def __init__(
        self,
        registered: Mapping[str, Registered],
        outputs: Mapping[str, Any],
        messages: tuple[tuple[str, str], ...],
        reads: tuple[tuple[str, str], ...] = (),
    ) -> None:
        self._by_urn = dict(registered)
        self._outputs = dict(outputs)
        self.messages = messages
        """Severity and text of what the program logged."""
        self.reads = reads
        """Type and id of what it read from the cluster."""

    @property
    def resources(self) -> list[Registered]:
        """Everything but the stack itself, in the order of the URNs."""
        found = (self._by_urn[urn] for urn in sorted(self._by_urn))
        return [resource for resource in found if resource.type != "pulumi:pulumi:Stack"]

    @property
    def objects(self) -> list[Registered]:
        """The Kubernetes objects."""
        return [resource for resource in self.resources if resource.is_object]

    @property
    def outputs(self) -> dict[str, Any]:
        """The stack's outputs without marks."""
        return plain(self._outputs)

    @property
    def secret_outputs(self) -> set[str]:
        """Names of the outputs that are secret."""
        return {name for name, value in self._outputs.items() if isinstance(value, Secret)}

    @property
    def plain_outputs(self) -> dict[str, Any]:
        """The outputs that anyone can read."""
        return {name: value for name, value in self._outputs.items() if name not in self.secret_outputs}

    def all(self, kind: str) -> list[Registered]:
        """Every resource of `kind`."""
        return [resource for resource in self.resources if resource.kind == kind]

    def names(self, kind: str) -> set[str]:
        """The names of every resource of `kind`."""
        return {resource.name for resource in self.all(kind)}

    def one(self, kind: str, name: str) -> Registered:
        """The resource of `kind` that the program calls `name`; raises AssertionError where there is no such one."""
        found = [resource for resource in self.all(kind) if resource.name == name]
        assert len(found) == 1, f"{len(found)} of {kind} {name}; there are {sorted(self.names(kind))}"
        return found[0]

    def parent(self, resource: Registered) -> Registered:
        """The parent of `resource`."""
        return self._by_urn[resource.request.parent]

    def depends_on(self, dependent: Registered, dependency: Registered) -> bool:
        """Whether `dependent` waits for `dependency`, directly or through others."""
        return dependency.urn in self.ancestors(dependent)

    def ancestors(self, resource: Registered) -> set[str]:
        """URNs of everything that `resource` waits for."""
        found: set[str] = set()
        waiting = set(resource.dependencies)
        while waiting:
            urn = waiting.pop()
            found.add(urn)
            # What is read from the cluster is not registered.
            if urn in self._by_urn:
                waiting |= self._by_urn[urn].dependencies - found
        return found
