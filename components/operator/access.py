"""What the operator may do, which depends on its version."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.core.v1 import ServiceAccount
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs
from pulumi_kubernetes.rbac.v1 import (
    ClusterRole,
    ClusterRoleBinding,
    PolicyRuleArgs,
    Role,
    RoleBinding,
    RoleRefArgs,
    SubjectArgs,
)

from ..api.kinds import GROUP, Kind
from ..kube.metadata import Scope

COMPONENT = "operator"
RBAC_GROUP = "rbac.authorization.k8s.io"
READ = ["get", "list", "watch"]
SECRETS = [PolicyRuleArgs(api_groups=[""], resources=["secrets"], verbs=READ)]
# The lease is in the operator's namespace; with those of the cluster it could stop other controllers.
LEADER_ELECTION = [
    PolicyRuleArgs(api_groups=["coordination.k8s.io"], resources=["leases"], verbs=["get", "create", "update"]),
    PolicyRuleArgs(api_groups=[""], resources=["events"], verbs=["create", "patch"]),
]
# From this release on the operator's Secret cache covers named namespaces; before, the whole cluster.
NAMESPACED_SECRETS_SINCE = (2026, 7)


def reads_secrets_cluster_wide(version: str) -> bool:
    """Whether the operator of this image tag needs every Secret of the cluster; a digest counts as a current one."""
    match = re.match(r"v?(\d{4})\.0?(\d+)(\.|$)", version)
    return match is not None and (int(match.group(1)), int(match.group(2))) < NAMESPACED_SECRETS_SINCE


@dataclass(frozen=True, kw_only=True)
class OperatorAccessArgs:
    """The operator's identity and rights."""

    scope: Scope
    """The operator's namespace and labels."""
    name: str
    """Name of the account and its roles."""
    namespace: str
    """Name of the operator's namespace."""
    version: str
    """Image tag."""
    secret_namespaces: tuple[str, ...]
    """Namespaces whose Secrets it reads, its own included: must equal its cache's, or it exits after two minutes."""
    leader_election: bool
    """Whether it needs leases."""
    after: tuple[pulumi.Resource, ...]
    """The definitions, which nobody else owns then: what is the whole cluster's has one name in every stack."""


class OperatorAccess(pulumi.ComponentResource):
    """ServiceAccount, ClusterRole for the custom resources, and the rights to read Secrets.

    Creates: ServiceAccount, ClusterRole and binding; a Role and binding per namespace, or for releases before 2026.07 a
    cluster-wide rule; with several pods a Role and binding for their leader's lease.
    """

    service_account: pulumi.Output[str]
    """The account's name, once every right is bound."""

    def __init__(self, name: str, args: OperatorAccessArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("forail:operator:OperatorAccess", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        account = ServiceAccount(
            name, metadata=args.scope.meta(COMPONENT, args.name), automount_service_account_token=False, opts=child
        )
        cluster_wide = reads_secrets_cluster_wide(args.version)
        # A second stack would take them over from the first one before it is refused, and delete them with itself.
        owned = pulumi.ResourceOptions(parent=self, depends_on=list(args.after))
        role = ClusterRole(name, metadata=self._cluster_meta(args), rules=_rules(cluster_wide), opts=owned)
        subjects = [SubjectArgs(kind="ServiceAccount", name=account.metadata.name, namespace=args.scope.namespace)]
        binding = ClusterRoleBinding(
            name,
            metadata=self._cluster_meta(args),
            role_ref=RoleRefArgs(api_group=RBAC_GROUP, kind="ClusterRole", name=role.metadata.name),
            subjects=subjects,
            opts=owned,
        )
        bound = [binding.metadata.name]
        if not cluster_wide:
            bound += [
                self._role(name, args, "secrets", namespace, SECRETS, subjects) for namespace in args.secret_namespaces
            ]
        if args.leader_election:
            bound.append(self._role(name, args, "leader-election", args.namespace, LEADER_ELECTION, subjects))
        self.service_account = pulumi.Output.all(account.metadata.name, *bound).apply(_first)
        self.register_outputs({"serviceAccount": self.service_account})

    def _cluster_meta(self, args: OperatorAccessArgs) -> ObjectMetaArgs:
        annotations = dict(args.scope.annotations) or None
        return ObjectMetaArgs(name=args.name, labels=args.scope.labels_of(COMPONENT), annotations=annotations)

    def _role(
        self,
        name: str,
        args: OperatorAccessArgs,
        purpose: str,
        namespace: str,
        rules: list[PolicyRuleArgs],
        subjects: list[SubjectArgs],
    ) -> pulumi.Output[str]:
        child_name = f"{name}-{purpose}-{namespace}"
        own = namespace == args.namespace
        metadata = ObjectMetaArgs(
            name=f"{args.name}-{purpose}",
            # Its own through the scope, so that the namespace exists first.
            namespace=args.scope.namespace if own else namespace,
            labels=args.scope.labels_of(COMPONENT),
            annotations=dict(args.scope.annotations) or None,
        )
        child = pulumi.ResourceOptions(parent=self)
        role = Role(child_name, metadata=metadata, rules=rules, opts=child)
        binding = RoleBinding(
            child_name,
            metadata=metadata,
            role_ref=RoleRefArgs(api_group=RBAC_GROUP, kind="Role", name=role.metadata.name),
            subjects=subjects,
            opts=child,
        )
        return binding.metadata.name


# The smallest set with which every kind was seen to work; the vendor's chart grants more.
def _rules(cluster_wide: bool) -> list[PolicyRuleArgs]:
    plurals = [kind.plural for kind in Kind]
    return [
        PolicyRuleArgs(api_groups=[GROUP], resources=plurals, verbs=[*READ, "update"]),
        PolicyRuleArgs(api_groups=[GROUP], resources=_each(plurals, "status"), verbs=["update"]),
        # Needed where the OwnerReferencesPermissionEnforcement admission plugin is on.
        PolicyRuleArgs(api_groups=[GROUP], resources=_each(plurals, "finalizers"), verbs=["update"]),
        *(SECRETS if cluster_wide else []),
    ]


def _each(plurals: Iterable[str], subresource: str) -> list[str]:
    return [f"{plural}/{subresource}" for plural in plurals]


def _first(names: list[str]) -> str:
    return names[0]
