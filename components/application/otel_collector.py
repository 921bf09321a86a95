"""The OpenTelemetry collector."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from ..from_settings import pod_options
from ..kube.container import Container, ImageRef, Probe, Probes, Security
from ..kube.environment import Env, texts
from ..kube.files import File, FileSet
from ..kube.metadata import Scope
from ..kube.pod import Pod
from ..kube.workload import Workload, WorkloadArgs
from ..settings.forail import OtelSettings as TelemetrySettings
from ..settings.forail import PlatformLogLevel
from ..settings.otel_collector import OtelCollectorSettings
from . import log_level

NAME = "forail-otel-collector"
GRPC_PORT, HTTP_PORT, HEALTH_PORT = 4317, 4318, 13133
# The image's user.
USER = 10001


@dataclass(frozen=True, kw_only=True)
class OtelCollectorArgs:
    """What the collector is made from."""

    scope: Scope
    """Namespace and labels."""
    settings: OtelCollectorSettings
    """`otelCollector`."""
    image: ImageRef
    """Collector image."""
    log_level: PlatformLogLevel | None = None
    """`forail.logLevel`."""


class OtelCollector(pulumi.ComponentResource):
    """The OpenTelemetry collector that web reports to.

    Creates: configuration, Deployment and Service `forail-otel-collector`.
    """

    applied: pulumi.Output[str]
    """Changes with what its pods run."""

    def __init__(self, name: str, args: OtelCollectorArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("forail:application:OtelCollector", name, None, opts)
        files = FileSet(
            name,
            (File("otel_collector/config.yaml", "/etc/otel/config.yaml"),),
            args.scope,
            "otel-collector",
            parent=self,
        )
        container = Container(
            name="otel-collector",
            image=args.image,
            args=("--config=/etc/otel/config.yaml", *log_level.collector(args.log_level)),
            ports={"otlp-grpc": GRPC_PORT, "otlp-http": HTTP_PORT, "health": HEALTH_PORT},
            mounts=files.mounts,
            probes=Probes.same(Probe(path="/", port=HEALTH_PORT)),
            security=Security(user=USER, group=USER, read_only_root=True),
        )
        workload = Workload(
            name,
            WorkloadArgs(
                scope=args.scope,
                object_name=NAME,
                pod=Pod(component="otel-collector", containers=(container,), options=pod_options(args.settings)),
                service_ports={"otlp-grpc": GRPC_PORT, "otlp-http": HTTP_PORT},
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.applied = workload.applied
        self.register_outputs({"address": workload.address})


def endpoint(collector: OtelCollectorSettings) -> str | None:
    """Where web reports to; None where nothing is reported."""
    return f"http://{NAME}:{GRPC_PORT}" if collector.enabled else collector.endpoint


def otel_env(collector: OtelCollectorSettings, settings: TelemetrySettings) -> tuple[Env, ...]:
    """What web reports and where to; the other pods emit nothing."""
    exporter = endpoint(collector)
    if exporter is None:
        return texts(OTEL_ENABLED="false")
    return texts(
        OTEL_ENABLED="true",
        OTEL_EXPORTER_ENDPOINT=exporter,
        OTEL_SERVICE_NAME=settings.service_name,
        OTEL_TRACES_SAMPLER=settings.traces_sampler.value,
        OTEL_TRACES_SAMPLER_ARG=settings.traces_sampler_arg,
    )
