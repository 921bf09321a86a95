"""Service accounts of pods that talk to the API server."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.core.v1 import ServiceAccount
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs
from pulumi_kubernetes.rbac.v1 import PolicyRuleArgs, Role, RoleBinding, RoleRefArgs, SubjectArgs


@dataclass(frozen=True)
class Named:
    """What an object is called in the program, and in the cluster."""

    name: str
    metadata: ObjectMetaArgs


def bound_account(
    account: Named, rules: Sequence[PolicyRuleArgs], parent: pulumi.Resource, role: Named | None = None
) -> pulumi.Output[str]:
    """The name of a new service account with these rights in its namespace, known once it is bound: a pod that started
    before would be refused.

    Creates, as children of `parent`, ServiceAccount, Role and RoleBinding. Pods get its token only by naming it.

    Args:
        account: the account.
        rules: its rights.
        parent: the component that it belongs to.
        role: Role and RoleBinding, where they are not called like the account.
    """
    child, role = pulumi.ResourceOptions(parent=parent), role or account
    made = ServiceAccount(account.name, metadata=account.metadata, automount_service_account_token=False, opts=child)
    rights = Role(role.name, metadata=role.metadata, rules=list(rules), opts=child)
    binding = RoleBinding(
        role.name,
        metadata=role.metadata,
        role_ref=RoleRefArgs(api_group="rbac.authorization.k8s.io", kind="Role", name=rights.metadata.name),
        subjects=[SubjectArgs(kind="ServiceAccount", name=made.metadata.name, namespace=made.metadata.namespace)],
        opts=child,
    )
    return binding.subjects.apply(lambda subjects: subjects[0].name)
