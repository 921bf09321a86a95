"""One operator, and one owner of the definitions, in a cluster: a mark that a second stack cannot make."""

from __future__ import annotations

import re

import pulumi
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs
from pulumi_kubernetes.rbac.v1 import ClusterRole

from ..kube.metadata import Scope

NAME = "forail-operator-owner"
STACK = "forail-platform.io/stack"
_TAKEN = re.compile(r"already exists|conflict", re.IGNORECASE)


def owner(name: str, scope: Scope, after: pulumi.Resource, parent: pulumi.Resource) -> pulumi.Resource:
    """The mark, made before the definitions and removed after them, so that nobody else's are touched.

    The definitions themselves cannot be it: their provider takes over what a Helm release left. The mark names its
    stack, so that a provider that takes over what exists meets another owner of the field. Only writing finds one: a
    preview asks no cluster.

    Args:
        name: of the resource and, with `-explain`, of its hook, in states of stacks.
        scope: labels and annotations.
        after: what must have succeeded first, and whose URN tells the stack: a component's waits for its children.
        parent: its parent.
    """
    return ClusterRole(
        name,
        metadata=ObjectMetaArgs(
            name=NAME,
            labels=scope.labels_of("definitions"),
            annotations={**scope.annotations, STACK: after.urn.apply(_stack)},
        ),
        # No rules: it grants nothing, and an empty list comes back as null, which a refresh would show.
        opts=pulumi.ResourceOptions(
            parent=parent,
            depends_on=[after],
            hooks=pulumi.ResourceHookBinding(on_error=[pulumi.ErrorHook(f"{name}-explain", _explain)]),
        ),
    )


def _stack(urn: str) -> str:
    """`project/stack` of a URN."""
    _, _, stack, _, project, *_ = urn.split(":")
    return f"{project}/{stack}"


def _explain(args: pulumi.ErrorHookArgs) -> bool:
    if args.failed_operation == "create" and any(map(_TAKEN.search, args.errors)):
        pulumi.log.error(
            "Another stack's Forail operator owns the definitions of this cluster, which all content in it needs; "
            f"kubectl get clusterrole {NAME} -o jsonpath='{{.metadata.annotations}}' names the stack. One operator "
            "serves several Forails: set operator.enabled: false here and declare this stack under content.fleet of "
            "the other one. Where preview then refuses 'operator on -> off', allow it as it says: of this stack no "
            "operator has run. The other stack's definitions and content were not touched"
        )
    return False
