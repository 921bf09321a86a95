"""A resource that only an authorised operator can sync: the proof of the token."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as kubernetes

from ...api.kinds import API_VERSION, Kind
from ...kube.metadata import Scope
from .failures import explained

NAME = "forail-canary"
COMPONENT = "canary"
# Three attempts of the operator, which tries again after 30 seconds.
TIMEOUT_SECONDS = 90


@dataclass(frozen=True, kw_only=True)
class CanaryArgs:
    """What is proved."""

    scope: Scope
    """The operator's namespace and labels."""
    identity: pulumi.Input[str]
    """Changes with token, URL or image, and with it the canary: a sync of an older generation proves nothing."""
    timeout_seconds: int | None = None
    """How long the operator may take; None for 90 seconds."""
    after: tuple[pulumi.Resource, ...]
    """The operator and the definitions."""


class Canary(pulumi.ComponentResource):
    """The organization `forail-canary`.

    A ready Deployment, the operator's probes and a healthy ForailInstance say nothing about the token. Syncing this
    organization needs an authorised read, and writing its description an authorised write.
    Creates: Organization `forail-canary`.
    """

    synced: pulumi.Resource
    """Complete once the operator has written the organization."""

    def __init__(self, name: str, args: CanaryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("forail:content:Canary", name, None, opts)
        kind, timeout = Kind.ORGANIZATION, f"{args.timeout_seconds or TIMEOUT_SECONDS}s"
        self.synced = kubernetes.apiextensions.CustomResource(
            name,
            api_version=API_VERSION,
            kind=kind.value,
            metadata=args.scope.meta(COMPONENT, NAME, annotations=kind.provider_annotations),
            spec={
                "description": pulumi.Output.concat(
                    "Shows that the operator may write here. Kept by the deployment; ", args.identity
                )
            },
            opts=pulumi.ResourceOptions(
                parent=self,
                custom_timeouts=pulumi.CustomTimeouts(create=timeout, update=timeout, delete="10m"),
                # No value flows from the operator, and its finalizer needs it until the canary is gone.
                depends_on=list(args.after),
                hooks=explained(name),
            ),
        )
        self.register_outputs({})
