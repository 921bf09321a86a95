"""Standalone PersistentVolumeClaims: they outlive the workloads that mount them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

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


def claim(name: str, args: ClaimArgs, parent: pulumi.Resource) -> PersistentVolumeClaim:
    """Makes the claim under `parent`. Pods prove that it binds, so it is not waited for."""
    return PersistentVolumeClaim(
        name,
        metadata=args.scope.meta(args.component, args.object_name, annotations=SKIP_AWAIT),
        spec=spec(args),
        opts=pulumi.ResourceOptions(parent=parent, protect=args.protect),
    )


def claim_of_release(
    name: str, scope: Scope, object_name: str, release: str, parent: pulumi.Resource
) -> pulumi.Output[str]:
    """The name of the claim that a Helm release's StatefulSet left, read from the cluster: a preview finds it missing.

    Raises:
        RunError: it belongs to something else than the release.
    """
    found = PersistentVolumeClaim.get(
        name, pulumi.Output.concat(scope.namespace, "/", object_name), opts=pulumi.ResourceOptions(parent=parent)
    )

    def of_release(labels: Mapping[str, str] | None) -> str:
        # The StatefulSet's controller writes its selector, which has the release's name, on every claim.
        if (labels or {}).get(INSTANCE) != release:
            raise pulumi.RunError(
                f"The claim {object_name} is not of the Helm release {release} (its label {INSTANCE}): "
                "correct adopt.release, or namespace.name. Nothing was taken over."
            )
        return object_name

    return found.metadata.labels.apply(of_release)


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
