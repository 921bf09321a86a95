"""What pods may do in the cluster: task runs job pods, and a restore takes web and task away and brings them back."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.core.v1 import ServiceAccount
from pulumi_kubernetes.rbac.v1 import PolicyRuleArgs, Role, RoleBinding, RoleRefArgs, SubjectArgs

from ..kube.metadata import Scope
from .task import NAME as TASK
from .web import NAME as WEB

NAME = "forail"
ROLE = "forail-job-runner"


@dataclass(frozen=True, kw_only=True)
class AccessArgs:
    """Where the account gets its rights."""

    scope: Scope
    """Namespace and labels."""


class Access(pulumi.ComponentResource):
    """The service account of the task pods and its rights in the platform's namespace.

    Creates: ServiceAccount `forail`, Role and RoleBinding `forail-job-runner`.
    Leaves every other pod without a token.
    """

    service_account: pulumi.Output[str]
    """The account's name, once it is bound."""

    def __init__(self, name: str, args: AccessArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("forail:application:Access", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        account = ServiceAccount(
            name, metadata=args.scope.meta("rbac", NAME), automount_service_account_token=False, opts=child
        )
        role = Role(
            f"{name}-job-runner",
            metadata=args.scope.meta("rbac", ROLE),
            rules=[
                PolicyRuleArgs(
                    api_groups=[""],
                    resources=["pods"],
                    verbs=["get", "list", "watch", "create", "update", "patch", "delete"],
                ),
                PolicyRuleArgs(
                    api_groups=[""],
                    resources=["pods/log", "pods/attach", "pods/exec"],
                    verbs=["get", "list", "watch", "create"],
                ),
                # Pull Secrets of execution environments with a registry credential, whose names nobody knows here. In
                # `hybrid` execution, too, an administrator may add container groups, and who may create pods can read
                # any Secret by one: without this rule such jobs would fail, and Secrets would not be safer.
                PolicyRuleArgs(api_groups=[""], resources=["secrets"], verbs=["get", "create", "delete"]),
            ],
            opts=child,
        )
        binding = RoleBinding(
            f"{name}-job-runner",
            metadata=args.scope.meta("rbac", ROLE),
            role_ref=RoleRefArgs(api_group="rbac.authorization.k8s.io", kind="Role", name=role.metadata.name),
            subjects=[
                SubjectArgs(kind="ServiceAccount", name=account.metadata.name, namespace=account.metadata.namespace)
            ],
            opts=child,
        )
        # Through the binding: a task pod that starts without its rights fails its first job.
        self.service_account = binding.subjects.apply(lambda subjects: subjects[0].name)
        self.register_outputs({"serviceAccount": self.service_account})


@dataclass(frozen=True, kw_only=True)
class QuiesceAccessArgs:
    """Where the account gets its rights."""

    scope: Scope
    """Namespace and labels."""
    object_name: str
    """Name of its objects."""


class QuiesceAccess(pulumi.ComponentResource):
    """The service account of a pod that takes web and task away and brings them back.

    Creates: ServiceAccount, Role and RoleBinding.
    """

    service_account: pulumi.Output[str]
    """The account's name, once it is bound."""

    def __init__(self, name: str, args: QuiesceAccessArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("forail:application:QuiesceAccess", name, None, opts)
        child, meta = pulumi.ResourceOptions(parent=self), args.scope.meta("rbac", args.object_name)
        account = ServiceAccount(name, metadata=meta, automount_service_account_token=False, opts=child)
        role = Role(
            name,
            metadata=meta,
            rules=[
                # Not their scale: that way the script would go on owning spec.replicas, and a later `up` that changes
                # it would meet a conflict. The pod reads the platform's secrets anyway.
                PolicyRuleArgs(
                    api_groups=["apps"],
                    resources=["deployments", "statefulsets"],
                    resource_names=[WEB, TASK],
                    verbs=["get", "patch"],
                ),
                PolicyRuleArgs(api_groups=[""], resources=["pods"], verbs=["list"]),
            ],
            opts=child,
        )
        binding = RoleBinding(
            name,
            metadata=meta,
            role_ref=RoleRefArgs(api_group="rbac.authorization.k8s.io", kind="Role", name=role.metadata.name),
            subjects=[
                SubjectArgs(kind="ServiceAccount", name=account.metadata.name, namespace=account.metadata.namespace)
            ],
            opts=child,
        )
        # Through the binding, as above.
        self.service_account = binding.subjects.apply(lambda subjects: subjects[0].name)
        self.register_outputs({"serviceAccount": self.service_account})
