"""What pods may do in the cluster: task runs job pods, and a restore takes web and task away and brings them back."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.rbac.v1 import PolicyRuleArgs

from ..kube.account import Named, bound_account
from ..kube.metadata import Scope
from .task import NAME as TASK
from .web import NAME as WEB

NAME = "forail"
ROLE = "forail-job-runner"
# Beside task's grace, which is longer than web's 30 s: the time of a slow kubelet to say that its pods are gone.
QUIESCE_MARGIN_SECONDS = 120


def quiesce_seconds(task_grace_seconds: int) -> int:
    """How long the pods of web and task may take to end."""
    return task_grace_seconds + QUIESCE_MARGIN_SECONDS


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
        rules = [
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
        ]
        self.service_account = bound_account(
            Named(name, args.scope.meta("rbac", NAME)),
            rules,
            self,
            Named(f"{name}-job-runner", args.scope.meta("rbac", ROLE)),
        )
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
        rules = [
            # Not their scale: that way the script would go on owning spec.replicas, and a later `up` that changes
            # it would meet a conflict. The pod reads the platform's secrets anyway.
            PolicyRuleArgs(
                api_groups=["apps"],
                resources=["deployments", "statefulsets"],
                resource_names=[WEB, TASK],
                verbs=["get", "patch"],
            ),
            PolicyRuleArgs(api_groups=[""], resources=["pods"], verbs=["list"]),
        ]
        self.service_account = bound_account(Named(name, args.scope.meta("rbac", args.object_name)), rules, self)
        self.register_outputs({"serviceAccount": self.service_account})
