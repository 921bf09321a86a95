"""Labels, annotations and the namespace that a set of objects has in common."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from .live_secrets import LiveSecrets

SKIP_AWAIT: Mapping[str, str] = {"pulumi.com/skipAwait": "true"}
"""Tells the provider not to wait for an object whose readiness another resource proves."""
INSTANCE = "app.kubernetes.io/instance"
"""The label with the name of the installation that an object belongs to."""


def waits_for(condition: str) -> Mapping[str, str]:
    """Tells the provider to wait until the object has this condition."""
    return {"pulumi.com/waitFor": f"condition={condition}"}


@dataclass(frozen=True, kw_only=True)
class Scope:
    """Where objects go and how they are marked."""

    namespace: pulumi.Input[str]
    """Namespace of every object."""
    application: str
    """`app.kubernetes.io/name` and `instance`; part of every selector, so it never changes."""
    part_of: str
    """`app.kubernetes.io/part-of`."""
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    """Further labels for every object."""
    annotations: Mapping[str, str] = field(default_factory=dict[str, str])
    """Further annotations for every object."""
    pull_secrets: tuple[pulumi.Input[str], ...] = ()
    """Names of the Secrets that pods pull images with."""
    live_secrets: LiveSecrets | None = None
    """Reads what others keep, so that a change of it rolls who reads it; None: it is not read."""

    def selector(self, component: str) -> dict[str, str]:
        """The labels that select a component's pods: a fixed subset, because a selector cannot change."""
        return {
            "app.kubernetes.io/name": self.application,
            INSTANCE: self.application,
            "app.kubernetes.io/component": component,
        }

    def labels_of(self, component: str, version: str | None = None) -> dict[str, str]:
        """All labels of an object of `component`; a version that cannot be a label value (a digest) is left out."""
        labels = {
            **self.labels,
            **self.selector(component),
            "app.kubernetes.io/part-of": self.part_of,
            "app.kubernetes.io/managed-by": "pulumi",
        }
        if version is not None and re.fullmatch(r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?", version):
            labels["app.kubernetes.io/version"] = version
        return labels

    def meta(
        self,
        component: str,
        name: pulumi.Input[str] | None = None,
        *,
        version: str | None = None,
        annotations: Mapping[str, pulumi.Input[str]] | None = None,
    ) -> ObjectMetaArgs:
        """Metadata of an object; without `name` the provider derives one from content changes and pods roll with it."""
        merged: dict[str, pulumi.Input[str]] = {**self.annotations, **(annotations or {})}
        return ObjectMetaArgs(
            name=name,
            namespace=self.namespace,
            labels=self.labels_of(component, version),
            annotations=merged or None,
        )
