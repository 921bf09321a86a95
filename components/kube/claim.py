"""Standalone PersistentVolumeClaims: they outlive the workloads that mount them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_kubernetes.core.v1 import (
    PersistentVolumeClaim,
    PersistentVolumeClaimSpecArgs,
    VolumeResourceRequirementsArgs,
)

from .metadata import INSTANCE, SKIP_AWAIT, Scope


@dataclass(frozen=True, kw_only=True)
class ClaimArgs:
    """A claim to make, or one that exists."""

    scope: Scope
    """Namespace and labels."""
    component: str
    """`app.kubernetes.io/component`."""
    object_name: str
    """Name of the PersistentVolumeClaim."""
    size: str
    """Requested size."""
    access_mode: str
    """ReadWriteOnce or ReadWriteMany."""
    storage_class: str | None = None
    """StorageClass; None for the cluster's default."""
    existing: str | None = None
    """Name of a claim that exists; nothing is made."""
    protect: bool
    """Refuse to delete or replace it."""


def claim(name: str, args: ClaimArgs, parent: pulumi.Resource, *, kept: bool = False) -> PersistentVolumeClaim:
    """Makes the claim under `parent`. Pods prove that it binds, so it is not waited for.

    With `kept` it has the size and class that it has had, whatever `args` say now.
    """
    return PersistentVolumeClaim(
        name,
        metadata=args.scope.meta(args.component, args.object_name, annotations=SKIP_AWAIT),
        spec=spec(args),
        opts=pulumi.ResourceOptions(parent=parent, protect=args.protect, ignore_changes=["spec"] if kept else None),
    )


class _LiveClaim(pulumi.CustomResource):
    """A claim as it is in the cluster, read and never written.

    `PersistentVolumeClaim.get` would send no properties, and each refresh would find all of them changed.
    """

    metadata: pulumi.Output[dict[str, Any]]

    def __init__(self, name: str, namespace: str, object_name: str, parent: pulumi.Resource) -> None:
        known = {"name": object_name, "namespace": namespace}
        super().__init__(
            "kubernetes:core/v1:PersistentVolumeClaim",
            name,
            {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": known},
            pulumi.ResourceOptions(parent=parent, id=f"{namespace}/{object_name}"),
        )


@dataclass(frozen=True)
class HelmRelease:
    """A release of the vendor's chart."""

    name: str
    namespace: str
    """As text: what depends on a resource that is yet to be made is not read by a preview."""


def claim_of_release(name: str, object_name: str, release: HelmRelease, parent: pulumi.Resource) -> pulumi.Output[str]:
    """The name of the claim that a Helm release's StatefulSet left, read from the cluster: a preview finds it missing.

    Raises:
        RunError: it belongs to something else than the release.
    """
    found = _LiveClaim(name, release.namespace, object_name, parent)

    def of_release(metadata: Mapping[str, Any]) -> str:
        # The StatefulSet's controller writes its selector, which has the release's name, on every claim.
        labels: Mapping[str, str] = metadata.get("labels", {})
        if labels.get(INSTANCE) != release.name:
            raise pulumi.RunError(
                f"The claim {object_name} is not of the Helm release {release.name} (its label {INSTANCE}): "
                "correct adopt.release, or namespace.name. Nothing was taken over."
            )
        return object_name

    return found.metadata.apply(of_release)


def claim_name(name: str, args: ClaimArgs, parent: pulumi.Resource) -> pulumi.Output[str]:
    """The name of the claim; makes it first, unless `args` name an existing one."""
    if args.existing is not None:
        return pulumi.Output.from_input(args.existing)
    return claim(name, args, parent).metadata.name


def spec(args: ClaimArgs) -> PersistentVolumeClaimSpecArgs:
    """The spec, for the claim itself or for the template of a StatefulSet."""
    return PersistentVolumeClaimSpecArgs(
        access_modes=[args.access_mode],
        storage_class_name=args.storage_class,
        resources=VolumeResourceRequirementsArgs(requests={"storage": args.size}),
    )
