"""The nine custom resource definitions, generated from the content models and owned by the stack."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import pulumi
import pulumi_kubernetes as kubernetes

from ..api.definitions import custom_resource_definition
from ..api.kinds import Kind
from ..kube.metadata import Scope, waits_for
from .owner import owner


@dataclass(frozen=True, kw_only=True)
class DefinitionsArgs:
    """How the definitions are kept."""

    protect: bool
    """Refuse to delete them: every custom resource in the cluster would go with them."""
    scope: Scope
    """Labels and annotations."""
    after: pulumi.Resource
    """What must have succeeded before they are touched; no component."""
    provider: kubernetes.Provider | None
    """Takes over definitions that a Helm release left; None: the component's own, which refuses objects that exist."""


class Definitions(pulumi.ComponentResource):
    """The API of the content.

    Creates: nine CustomResourceDefinitions, and before them the mark of who owns them. Those of a Helm release are
    taken over, whoever owns their fields; those of another stack are not, for its mark is there.
    """

    established: tuple[pulumi.Resource, ...]
    """Each served by the API server once it is complete."""

    def __init__(self, name: str, args: DefinitionsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("forail:operator:Definitions", name, None, opts)
        mark = owner(f"{name}-operator-owner", args.scope, args.after, self)
        self.established = tuple(self._definition(name, kind, mark, args) for kind in Kind)
        self.register_outputs({})

    def _definition(self, name: str, kind: Kind, mark: pulumi.Resource, args: DefinitionsArgs) -> pulumi.Resource:
        definition = custom_resource_definition(kind)
        annotations = {
            **args.scope.annotations,
            **waits_for("Established"),
            # Helm owns the fields of what it has installed, and a preview hides the conflict. Only creation applies; an
            # update replaces the whole object.
            "pulumi.com/patchForce": "true",
        }
        metadata = cast("dict[str, Any]", definition["metadata"])
        return kubernetes.apiextensions.CustomResource(
            f"{name}-{kind.crd_name}",
            api_version="apiextensions.k8s.io/v1",
            kind="CustomResourceDefinition",
            metadata={**metadata, "labels": args.scope.labels_of("definitions"), "annotations": annotations},
            spec=definition["spec"],
            opts=pulumi.ResourceOptions(parent=self, provider=args.provider, protect=args.protect, depends_on=[mark]),
        )
