"""`otelCollector`: where traces and metrics go."""

from __future__ import annotations

from typing import Self

from pydantic import StrictBool, model_validator

from ..schema.words import ConflictError
from .addresses import Endpoint
from .workload import Resources, WorkloadSettings, resources


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
            raise ConflictError(
                "endpoint", "has no effect with enabled: true: set enabled: false to use it, or drop it"
            )
        return self
