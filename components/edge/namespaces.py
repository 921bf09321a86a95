"""The two namespaces: created with Pod Security labels that fit what runs in them, or adopted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.core.v1 import Namespace
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from ..settings.namespace import NamespaceSettings
from ..settings.task import Execution

# A privileged pod and a hostPath mount pass only `privileged`. Everything else of the platform passes `baseline`:
# nginx and Postgres start as root with CHOWN, SETUID and SETGID, which `restricted` forbids.
POD_SECURITY: Mapping[Execution, str] = {Execution.HYBRID: "privileged", Execution.CONTROL: "baseline"}
OPERATOR_POD_SECURITY = "restricted"
# The pods of upstream's chart name no seccomp profile, which `restricted` demands.
CHART_POD_SECURITY = "baseline"


@dataclass(frozen=True, kw_only=True)
class NamespacesArgs:
    """The namespaces, and what their pods may do."""

    platform: NamespaceSettings
    """The platform's namespace."""
    operator: NamespaceSettings | None
    """The operator's namespace; None without an operator."""
    chart: bool = False
    """Whether upstream's chart runs the operator."""
    execution: Execution
    """Decides how much the platform's pods may do."""
    protect: bool
    """Refuse to delete the platform's namespace: its claims would go with it."""
    labels: Mapping[str, str]
    """Labels for both."""
    annotations: Mapping[str, str]
    """Annotations for both."""
    after: tuple[pulumi.Resource, ...] = ()
    """What must have succeeded before anything is in them."""


class Namespaces(pulumi.ComponentResource):
    """The platform's namespace and the operator's.

    Creates: a Namespace each, unless adopted.
    Leaves the labels of an adopted namespace as they are.
    """

    platform: pulumi.Output[str]
    """Name of the platform's namespace, once it exists."""
    operator: pulumi.Output[str] | None
    """Name of the operator's namespace, once it exists; None without an operator."""

    def __init__(self, name: str, args: NamespacesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("forail:edge:Namespaces", name, None, opts)
        self.platform = self._namespace(
            f"{name}-namespace", args.platform, POD_SECURITY[args.execution], args, args.protect
        )
        operator_level = CHART_POD_SECURITY if args.chart else OPERATOR_POD_SECURITY
        self.operator = (
            None
            if args.operator is None
            else self._namespace(f"{name}-operator-namespace", args.operator, operator_level, args, False)
        )
        self.register_outputs({"platform": self.platform, "operator": self.operator})

    def _namespace(
        self, name: str, namespace: NamespaceSettings, level: str, args: NamespacesArgs, protect: bool
    ) -> pulumi.Output[str]:
        if not namespace.create:
            return pulumi.Output.all(*(one.urn for one in args.after)).apply(lambda _: namespace.name)
        labels = {
            **args.labels,
            "app.kubernetes.io/part-of": "forail-platform",
            "app.kubernetes.io/managed-by": "pulumi",
            "pod-security.kubernetes.io/enforce": level,
        }
        created = Namespace(
            name,
            metadata=ObjectMetaArgs(name=namespace.name, labels=labels, annotations=dict(args.annotations) or None),
            opts=pulumi.ResourceOptions(parent=self, protect=protect, depends_on=list(args.after)),
        )
        return created.metadata.name
