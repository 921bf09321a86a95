"""`otelCollector`: where traces and metrics go."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import AfterValidator, StrictBool, model_validator

from ..schema.words import ConflictError, Matching
from .workload import Resources, WorkloadSettings, resources


def _reachable_port(endpoint: str) -> str:
    if not 1 <= int(endpoint.rpartition(":")[2]) <= 65535:
        raise ValueError("has a port out of range: 1 to 65535, and 4317 is usual")
    return endpoint


Endpoint = Annotated[
    str,
    Matching(
        "an OTLP endpoint: scheme, host and port without path, such as http://collector.observability:4317",
        r"https?://[a-z0-9]([-.a-z0-9]*[a-z0-9])?:[0-9]{1,5}",
    ),
    AfterValidator(_reachable_port),
]


class OtelCollectorSettings(WorkloadSettings):
    """`otelCollector`: where traces and metrics go."""

    enabled: StrictBool = True
    """Run `forail-otel-collector`."""
    endpoint: Endpoint | None = None
    """OTLP gRPC endpoint of a collector that already runs, such as `http://collector.observability:4317`."""
    resources: Resources = resources("128Mi", "50m", "512Mi", "500m")
    """Requests and limits of its container."""

    @model_validator(mode="after")
    def _one_destination(self) -> Self:
        if self.enabled and self.endpoint is not None:
            raise ConflictError("endpoint", "has no use with enabled: true: set enabled: false to use it, or drop it")
        return self
