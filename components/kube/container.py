"""Containers: image, command, environment, mounts, probes, and the security context they run under."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from pulumi_kubernetes.core.v1 import (
    CapabilitiesArgs,
    ContainerArgs,
    ContainerPortArgs,
    ExecActionArgs,
    HTTPGetActionArgs,
    LifecycleArgs,
    LifecycleHandlerArgs,
    ProbeArgs,
    ResourceRequirementsArgs,
    SecurityContextArgs,
)

from .environment import Env
from .mounts import Mount

ResourceAmounts = Mapping[str, Mapping[str, str]]
"""`{"requests": {"memory": …, "cpu": …}, "limits": {…}}`."""


@dataclass(frozen=True)
class ImageRef:
    """An image and when it is pulled."""

    reference: str
    version: str
    """Its tag or digest."""
    pull_policy: str = "IfNotPresent"


@dataclass(frozen=True)
class Probe:
    """A probe: a command, or an HTTP GET of `path` on `port`. Seconds throughout."""

    command: tuple[str, ...] = ()
    path: str | None = None
    port: int | None = None
    initial_delay: int | None = None
    period: int = 10
    timeout: int = 5
    failures: int = 3

    def render(self) -> ProbeArgs:
        """The probe as a container spec has it."""
        return ProbeArgs(
            exec_=ExecActionArgs(command=list(self.command)) if self.command else None,
            http_get=HTTPGetActionArgs(path=self.path, port=self.port) if self.path and self.port else None,
            initial_delay_seconds=self.initial_delay,
            period_seconds=self.period,
            timeout_seconds=self.timeout,
            failure_threshold=self.failures,
        )


@dataclass(frozen=True)
class Probes:
    """Startup first; the other two begin once it succeeded."""

    startup: Probe
    readiness: Probe
    liveness: Probe

    @staticmethod
    def same(probe: Probe, startup_failures: int = 30) -> Probes:
        """One check for all three."""
        return Probes.of(probe, probe, startup_failures)

    @staticmethod
    def of(ready: Probe, live: Probe, startup_failures: int = 30) -> Probes:
        """`startup_failures` tries, two seconds apart, to come up; then three misses out of service, six a restart."""
        return Probes(
            startup=replace(ready, period=2, failures=startup_failures),
            readiness=replace(ready, period=10, failures=3),
            liveness=replace(live, period=10, failures=6),
        )


@dataclass(frozen=True)
class Security:
    """What a container may do. The default drops every capability and gains none."""

    capabilities: tuple[str, ...] = ()
    """Capabilities added back, with the reason at the place that adds them."""
    user: int | None = None
    """Numeric user; set, the container also must not be root."""
    group: int | None = None
    """Numeric group."""
    read_only_root: bool = False
    """Mount the image's file system read-only."""
    privileged: bool = False
    """Everything, on the node itself. Excludes all of the above."""

    def render(self) -> SecurityContextArgs:
        """The security context as a container spec has it."""
        if self.privileged:
            return SecurityContextArgs(privileged=True)
        return SecurityContextArgs(
            allow_privilege_escalation=False,
            capabilities=CapabilitiesArgs(drop=["ALL"], add=list(self.capabilities) or None),
            run_as_user=self.user,
            run_as_group=self.group,
            run_as_non_root=True if self.user is not None else None,
            read_only_root_filesystem=True if self.read_only_root else None,
        )


@dataclass(frozen=True, kw_only=True)
class Container:
    """One container of a pod."""

    name: str
    image: ImageRef
    command: tuple[str, ...] = ()
    args: tuple[str, ...] = ()
    env: tuple[Env, ...] = ()
    ports: Mapping[str, int] = field(default_factory=dict[str, int])
    mounts: tuple[Mount, ...] = ()
    probes: Probes | None = None
    pre_stop: tuple[str, ...] = ()
    """Command that runs before the container is told to end, also at a restart. Its time is part of the pod's grace."""
    resources: ResourceAmounts = field(default_factory=dict[str, Mapping[str, str]])
    security: Security = Security()

    def render(self) -> ContainerArgs:
        """The container as a pod spec has it."""
        return ContainerArgs(
            name=self.name,
            image=self.image.reference,
            image_pull_policy=self.image.pull_policy,
            command=list(self.command) or None,
            args=list(self.args) or None,
            env=[env.render() for env in self.env] or None,
            ports=[ContainerPortArgs(name=name, container_port=port) for name, port in self.ports.items()] or None,
            volume_mounts=[mount.mount() for mount in self.mounts] or None,
            startup_probe=self.probes.startup.render() if self.probes else None,
            readiness_probe=self.probes.readiness.render() if self.probes else None,
            liveness_probe=self.probes.liveness.render() if self.probes else None,
            lifecycle=self._lifecycle(),
            resources=ResourceRequirementsArgs(
                requests=dict(self.resources.get("requests", {})) or None,
                limits=dict(self.resources.get("limits", {})) or None,
            ),
            security_context=self.security.render(),
            # The provider shows the end of the log in its error when a container fails.
            termination_message_policy="FallbackToLogsOnError",
        )

    def render_sidecar(self) -> ContainerArgs:
        """As an init container that starts before the pod's containers and ends after them (Kubernetes 1.29)."""
        rendered = self.render()
        rendered.restart_policy = "Always"
        return rendered

    def _lifecycle(self) -> LifecycleArgs | None:
        if not self.pre_stop:
            return None
        return LifecycleArgs(pre_stop=LifecycleHandlerArgs(exec_=ExecActionArgs(command=list(self.pre_stop))))
