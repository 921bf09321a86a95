"""An organization's content as custom resources, created in reference order and waited for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi_kubernetes.core.v1 import Secret
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from ...api.kinds import API_VERSION, Kind
from ...kube.metadata import Scope
from ...kube.secret import encoded
from ..catalog import Catalog
from ..read.own_secret import secret_inputs, secret_name
from ..read.resource import Resource
from .failures import explained
from .manifest import finalizers_of, spec_of
from .renames import Renames

COMPONENT = "content"
# A new object syncs within half a second; one with an unmet reference is tried again after 30.
BASE_SECONDS = 90
# One worker serves each kind, three passes of some API calls per new object.
SECONDS_PER_RESOURCE = 2
# Forail refuses a playbook until the project's first update has listed it, and that may pull an image before it runs.
FIRST_UPDATE_SECONDS = 600
# A project, and what needs its update: templates, and what starts a template, which another stack may have declared.
_AFTER_AN_UPDATE = frozenset({Kind.PROJECT, Kind.JOB_TEMPLATE, Kind.SCHEDULE, Kind.WORKFLOW})


@dataclass(frozen=True)
class FleetMember:
    """Another Forail that this operator serves."""

    url: pulumi.Input[str]
    """Its API, without trailing slash."""
    token: pulumi.Output[str]
    """Its token."""
    insecure_skip_verify: bool = False
    """Do not check its certificate."""


@dataclass(frozen=True, kw_only=True)
class ContentArgs:
    """What is applied, where, and for how long it is waited for."""

    scope: Scope
    """Labels; the default namespace."""
    namespace: str
    """Name of the default namespace, where fleet members go."""
    catalog: Catalog
    """Checked resources in creation order."""
    secrets: Mapping[str, pulumi.Output[str]] = field(default_factory=dict[str, pulumi.Output[str]])
    """Values of `contentSecrets`."""
    fleet: Mapping[str, FleetMember] = field(default_factory=dict[str, FleetMember])
    """Further Forails by the name that `forailInstance` uses."""
    timeout_seconds: int | None = None
    """How long each resource may take to sync; None derives it from their number and kind."""
    after: tuple[pulumi.Resource, ...] = ()
    """The definitions, the operator and its canary: they must outlive every resource, whose finalizers need them."""


class Content(pulumi.ComponentResource):
    """Custom resources and the Secrets that they read.

    Creates: a custom resource for each declared one and each fleet member, a Secret where values come from secret
    configuration, and in the state a record of which resource holds which object in Forail.
    Leaves Secrets that are named to their owners, and the namespaces to you.
    """

    def __init__(self, name: str, args: ContentArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("forail:content:Content", name, None, opts)
        self._given, self._count = args.timeout_seconds, len(args.catalog.resources)
        self._explained = explained(name)
        self._renames = Renames(name, args.catalog.resources, self)
        members = {key: self._member(name, key, member, args) for key, member in sorted(args.fleet.items())}
        made: dict[str, pulumi.Resource] = {}
        for resource in args.catalog.resources:
            needed = [made[_urn_name(other)] for other in args.catalog.dependencies(resource)]
            if resource.backend in members:
                needed.append(members[resource.backend])
            made[_urn_name(resource)] = self._resource(name, resource, needed, args)
        self.register_outputs({})

    def _resource(
        self, name: str, resource: Resource, needed: list[pulumi.Resource], args: ContentArgs
    ) -> pulumi.Resource:
        urn_name = f"{name}-{_urn_name(resource)}"
        secret = self._secret(urn_name, resource, args)
        # References are names, so no value flows; the order also decides what is deleted first.
        after = [*(needed or args.after), *([secret] if secret else [])]
        record = self._renames.record(resource)
        metadata = ObjectMetaArgs(
            name=resource.name,
            namespace=self._namespace(resource.namespace, args),
            labels={**args.scope.labels_of(COMPONENT), **resource.labels},
            annotations={**args.scope.annotations, **resource.annotations, **resource.kind.provider_annotations},
            finalizers=list(finalizers_of(resource)) or None,
        )
        return kubernetes.apiextensions.CustomResource(
            urn_name,
            api_version=API_VERSION,
            kind=resource.kind.value,
            metadata=metadata,
            spec=spec_of(resource),
            opts=pulumi.ResourceOptions(
                parent=self,
                custom_timeouts=self._times(resource.kind),
                depends_on=[*after, *([record] if record else [])],
                hooks=self._explained,
                # The operator keeps an object's id: sent to another Forail, it would take over what has that id there.
                replace_on_changes=["spec.forailInstance"] if resource.kind.routed else None,
                delete_before_replace=resource.kind.routed or None,
            ),
        )

    def _secret(self, urn_name: str, resource: Resource, args: ContentArgs) -> Secret | None:
        name = secret_name(resource)
        if name is None:
            return None
        values = {key: args.secrets[config_key].apply(encoded) for key, config_key in secret_inputs(resource).items()}
        return Secret(
            f"{urn_name}-secret",
            metadata=ObjectMetaArgs(
                name=name,
                namespace=self._namespace(resource.namespace, args),
                labels=args.scope.labels_of(COMPONENT),
                annotations=dict(args.scope.annotations) or None,
            ),
            type="Opaque",
            data=values,
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(args.after)),
        )

    def _member(self, name: str, key: str, member: FleetMember, args: ContentArgs) -> pulumi.Resource:
        secret = Secret(
            f"{name}-fleet-{key}-token",
            # A new token makes another Secret, and so another spec: the operator reads it at once, not a minute later.
            metadata=args.scope.meta(COMPONENT),
            type="Opaque",
            data={"token": member.token.apply(encoded)},
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(args.after)),
        )
        return kubernetes.apiextensions.CustomResource(
            f"{name}-fleet-{key}",
            api_version=API_VERSION,
            kind=Kind.FORAIL_INSTANCE.value,
            metadata=args.scope.meta(COMPONENT, key, annotations=Kind.FORAIL_INSTANCE.provider_annotations),
            spec={
                "url": member.url,
                **({"insecureSkipVerify": True} if member.insecure_skip_verify else {}),
                "tokenSecretRef": {"name": secret.metadata.name, "key": "token"},
            },
            opts=pulumi.ResourceOptions(
                parent=self,
                custom_timeouts=self._times(Kind.FORAIL_INSTANCE),
                depends_on=list(args.after),
                hooks=self._explained,
            ),
        )

    def _times(self, kind: Kind) -> pulumi.CustomTimeouts:
        shortest = FIRST_UPDATE_SECONDS if kind in _AFTER_AN_UPDATE else 0
        seconds = self._given or max(BASE_SECONDS + SECONDS_PER_RESOURCE * self._count, shortest)
        return pulumi.CustomTimeouts(create=f"{seconds}s", update=f"{seconds}s", delete="10m")

    def _namespace(self, namespace: str, args: ContentArgs) -> pulumi.Input[str]:
        # The default one through the scope, so that it exists first.
        return args.scope.namespace if namespace == args.namespace else namespace


def _urn_name(resource: Resource) -> str:
    return f"{resource.kind.singular}-{resource.state_name}"
