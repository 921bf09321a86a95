"""A long-running workload: Deployment or StatefulSet, and the Service in front of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

import pulumi
from pulumi_kubernetes.apps.v1 import (
    Deployment,
    DeploymentSpecArgs,
    DeploymentStrategyArgs,
    RollingUpdateDeploymentArgs,
    StatefulSet,
    StatefulSetSpecArgs,
)
from pulumi_kubernetes.core.v1 import PersistentVolumeClaimArgs, Service, ServicePortArgs, ServiceSpecArgs
from pulumi_kubernetes.meta.v1 import LabelSelectorArgs, ObjectMetaArgs

from .job import applied
from .live_secrets import ANNOTATION
from .metadata import SKIP_AWAIT, Scope
from .pod import Pod

IMAGE_PATH = "spec.template.spec.containers[0].image"


class Rollout(StrEnum):
    """How new pods replace old ones. A StatefulSet's go one by one in both; another image makes the difference."""

    ROLLING = "RollingUpdate"
    RECREATE = "Recreate"
    """No pod with a former image runs beside one with the new: all old pods end before the first new one starts."""


@dataclass(frozen=True, kw_only=True)
class WorkloadArgs:
    """A workload's objects."""

    scope: Scope
    """Namespace and labels."""
    object_name: str
    """Name of the Deployment or StatefulSet and of the Service."""
    pod: Pod
    """What runs."""
    replicas: int = 1
    """Pods."""
    service_ports: Mapping[str, int] = field(default_factory=dict[str, int])
    """Ports of the Service, by name; without any there is no Service."""
    service_annotations: Mapping[str, str] = field(default_factory=dict[str, str])
    """Annotations of the Service, for what leads to it from outside."""
    rollout: Rollout = Rollout.ROLLING
    """How pods are replaced."""
    stateful: bool = False
    """StatefulSet: pods with names that stay."""
    claim_templates: tuple[PersistentVolumeClaimArgs, ...] = ()
    """Names of the claims that each pod of a StatefulSet mounts; the claims themselves are made beforehand."""
    ready_within: str = "10m"
    """How long `up` waits for the pods, and a deletion for their end."""
    after: tuple[pulumi.Resource, ...] = ()
    """What must be complete before the pods start, where no value flows."""
    annotations: Mapping[str, pulumi.Input[str]] = field(default_factory=dict[str, pulumi.Input[str]])
    """Annotations of the Deployment or StatefulSet, which do not roll its pods."""


class Workload(pulumi.ComponentResource):
    """Pods that keep running.

    Creates: a Deployment or StatefulSet; a Service where ports are given.
    Leaves claims, configuration and credentials to its caller.
    """

    address: pulumi.Output[str]
    """Name of the Service (or of the object, without one), known once the pods are ready."""
    controller: Deployment | StatefulSet
    """The Deployment or StatefulSet."""
    applied: pulumi.Output[str]
    """Changes with what the containers run: images, commands, files, variables, Secrets."""

    def __init__(self, name: str, args: WorkloadArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("forail:kube:Workload", name, None, opts)
        service = self._service(name, args)
        args = replace(args, pod=_rolling_with_secrets(args))
        self.controller = self._stateful_set(name, args) if args.stateful else self._deployment(name, args)
        ready = self.controller.metadata.name
        self.applied = applied(args.pod.steps, args.scope)
        # Consumers need the name and ready pods; the Service itself proves nothing and is not waited for.
        self.address = ready if service is None else pulumi.Output.all(service.metadata.name, ready).apply(_first)
        self.register_outputs({"address": self.address})

    def _service(self, name: str, args: WorkloadArgs) -> Service | None:
        if not args.service_ports:
            return None
        return Service(
            name,
            metadata=args.scope.meta(
                args.pod.component, args.object_name, annotations={**args.service_annotations, **SKIP_AWAIT}
            ),
            spec=ServiceSpecArgs(
                type="ClusterIP",
                selector=args.scope.selector(args.pod.component),
                ports=[
                    ServicePortArgs(name=port_name, port=port, target_port=port)
                    for port_name, port in args.service_ports.items()
                ],
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _deployment(self, name: str, args: WorkloadArgs) -> Deployment:
        rolling = RollingUpdateDeploymentArgs(max_unavailable=0, max_surge=1)
        return Deployment(
            name,
            metadata=self._meta(args),
            spec=DeploymentSpecArgs(
                replicas=args.replicas,
                selector=LabelSelectorArgs(match_labels=args.scope.selector(args.pod.component)),
                strategy=DeploymentStrategyArgs(
                    type=args.rollout.value, rolling_update=rolling if args.rollout is Rollout.ROLLING else None
                ),
                template=args.pod.template(args.scope),
            ),
            opts=self._waiting(args),
        )

    def _stateful_set(self, name: str, args: WorkloadArgs) -> StatefulSet:
        options = pulumi.ResourceOptions.merge(
            self._waiting(args),
            # The claims exist before the pods: a size in the template would only replace the StatefulSet.
            pulumi.ResourceOptions(ignore_changes=["spec.volumeClaimTemplates"] if args.claim_templates else []),
        )
        if args.rollout is Rollout.RECREATE:
            # It has no such strategy of its own: for another image it is replaced, and first all its pods end.
            image = pulumi.ResourceOptions(replace_on_changes=[IMAGE_PATH], delete_before_replace=True)
            options = pulumi.ResourceOptions.merge(options, image)
        return StatefulSet(
            name,
            metadata=self._meta(args),
            spec=StatefulSetSpecArgs(
                # In order, a pod that never becomes ready would block its own replacement, a reverted setting included.
                pod_management_policy="Parallel",
                replicas=args.replicas,
                selector=LabelSelectorArgs(match_labels=args.scope.selector(args.pod.component)),
                service_name=args.object_name,
                template=args.pod.template(args.scope),
                volume_claim_templates=list(args.claim_templates) or None,
            ),
            opts=options,
        )

    def _meta(self, args: WorkloadArgs) -> ObjectMetaArgs:
        # Only the object has the version as a label: a new one on the pods would roll them.
        version = args.pod.containers[0].image.version
        return args.scope.meta(args.pod.component, args.object_name, version=version, annotations=args.annotations)

    def _waiting(self, args: WorkloadArgs) -> pulumi.ResourceOptions:
        within = args.ready_within
        times = pulumi.CustomTimeouts(create=within, update=within, delete=within)
        return pulumi.ResourceOptions(parent=self, custom_timeouts=times, depends_on=list(args.after))


def _rolling_with_secrets(args: WorkloadArgs) -> Pod:
    marks = args.scope.live_secrets.marks(args.pod.steps) if args.scope.live_secrets else None
    return args.pod if marks is None else replace(args.pod, annotations={**args.pod.annotations, ANNOTATION: marks})


def _first(names: list[str]) -> str:
    return names[0]
