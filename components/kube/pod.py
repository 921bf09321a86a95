"""Pods: containers plus placement, identity and the defaults every pod of the stack gets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import pulumi
from pulumi_kubernetes.core.v1 import (
    AffinityArgs,
    LocalObjectReferenceArgs,
    PodAffinityArgs,
    PodAffinityTermArgs,
    PodSecurityContextArgs,
    PodSpecArgs,
    PodTemplateSpecArgs,
    SeccompProfileArgs,
    TolerationArgs,
    TopologySpreadConstraintArgs,
)
from pulumi_kubernetes.meta.v1 import LabelSelectorArgs, ObjectMetaArgs

from .container import Container, ResourceAmounts
from .environment import Env, joined
from .metadata import Scope
from .mounts import PreparedMount, volumes


@dataclass(frozen=True, kw_only=True)
class PodOptions:
    """What an operator of the platform may say about the pods of any workload; applied here and nowhere else."""

    resources: ResourceAmounts = field(default_factory=dict[str, Mapping[str, str]])
    """Requests and limits of each container that brings none of its own."""
    env: tuple[Env, ...] = ()
    """Further variables of every container."""
    node_selector: Mapping[str, str] = field(default_factory=dict[str, str])
    """Labels that a node must have."""
    tolerations: tuple[TolerationArgs, ...] = ()
    """Taints that the pods tolerate."""
    priority_class: str | None = None
    """Their PriorityClass."""

    @property
    def placement(self) -> PodOptions:
        """Only where the pods may run: for pods beside the workload, such as a Job that prepares it."""
        return replace(self, resources={}, env=())


@dataclass(frozen=True, kw_only=True)
class Pod:
    """What a pod template says. Service account tokens and service environment variables are off unless asked for."""

    component: str
    """`app.kubernetes.io/component` of the pods."""
    containers: tuple[Container, ...]
    init_containers: tuple[Container, ...] = ()
    sidecars: tuple[Container, ...] = ()
    """Start after the init containers and end when the containers have ended, also in a Job's pod. Kubernetes 1.29."""
    options: PodOptions = PodOptions()
    service_account: pulumi.Input[str] | None = None
    """Account whose token the pods get; without one they get none."""
    file_group: int | None = None
    """Group that owns mounted claims (fsGroup)."""
    hostname: str | None = None
    same_node: str | None = None
    """Label of pods that must share a node, because a claim that they mount is for one node only."""
    spread: bool = False
    """Prefer different nodes; also for one pod, so that scaling does not roll it."""
    grace_seconds: int | None = None
    annotations: Mapping[str, pulumi.Input[str]] = field(default_factory=dict[str, pulumi.Input[str]])
    """Annotations of the pods; a change rolls them."""
    restart_policy: str | None = None

    def template(self, scope: Scope) -> PodTemplateSpecArgs:
        """The pod template."""
        labels = scope.labels_of(self.component) | ({self.same_node: "true"} if self.same_node else {})
        return PodTemplateSpecArgs(
            metadata=ObjectMetaArgs(labels=labels, annotations={**scope.annotations, **self.annotations} or None),
            spec=PodSpecArgs(
                affinity=self._same_node(),
                automount_service_account_token=self.service_account is not None,
                containers=[container.render() for container in self._given(self.containers)],
                # A Service called forail-x would put FORAIL_X_* variables, the platform's own prefix, into every pod.
                enable_service_links=False,
                hostname=self.hostname,
                image_pull_secrets=[LocalObjectReferenceArgs(name=name) for name in scope.pull_secrets] or None,
                init_containers=[
                    *(container.render() for container in self._given((*self.preparing, *self.init_containers))),
                    *(container.render_sidecar() for container in self._given(self.sidecars)),
                ]
                or None,
                node_selector=dict(self.options.node_selector) or None,
                priority_class_name=self.options.priority_class,
                restart_policy=self.restart_policy,
                security_context=PodSecurityContextArgs(
                    fs_group=self.file_group,
                    # Changing the owner of every file at each start takes minutes on a large claim.
                    fs_group_change_policy="OnRootMismatch" if self.file_group is not None else None,
                    seccomp_profile=SeccompProfileArgs(type="RuntimeDefault"),
                ),
                service_account_name=self.service_account,
                termination_grace_period_seconds=self.grace_seconds,
                tolerations=list(self.options.tolerations) or None,
                topology_spread_constraints=self._spread(scope),
                volumes=volumes(mount for container in self.steps for mount in container.mounts) or None,
            ),
        )

    @property
    def preparing(self) -> tuple[Container, ...]:
        """What fills mounts of the containers before they start, each once."""
        named = (*self.init_containers, *self.sidecars, *self.containers)
        mounts = (mount for container in named for mount in container.mounts if isinstance(mount, PreparedMount))
        return tuple({mount.volume: mount.by for mount in mounts}.values())

    @property
    def steps(self) -> tuple[Container, ...]:
        """Every container as it will run, in the order in which they start."""
        return self._given((*self.preparing, *self.init_containers, *self.sidecars, *self.containers))

    def _given(self, containers: tuple[Container, ...]) -> tuple[Container, ...]:
        return tuple(
            replace(
                container,
                resources=container.resources or self.options.resources,
                env=joined(container.env, self.options.env),
            )
            for container in containers
        )

    def _same_node(self) -> AffinityArgs | None:
        if self.same_node is None:
            return None
        # A pod that matches its own term may start anywhere; the others then follow it.
        term = PodAffinityTermArgs(
            label_selector=LabelSelectorArgs(match_labels={self.same_node: "true"}),
            topology_key="kubernetes.io/hostname",
        )
        return AffinityArgs(pod_affinity=PodAffinityArgs(required_during_scheduling_ignored_during_execution=[term]))

    def _spread(self, scope: Scope) -> list[TopologySpreadConstraintArgs] | None:
        if not self.spread or self.same_node:
            return None
        return [
            TopologySpreadConstraintArgs(
                max_skew=1,
                topology_key="kubernetes.io/hostname",
                when_unsatisfiable="ScheduleAnyway",
                label_selector=LabelSelectorArgs(match_labels=scope.selector(self.component)),
            )
        ]
