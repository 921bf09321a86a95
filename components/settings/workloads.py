"""The workloads of the core, and the claims and schedules that go with them."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, StrictBool, model_validator

from components.settings.addresses import Endpoint
from components.settings.base import Replicas, Section
from components.settings.pods import Resources, Scheduling, Workload, resources
from components.settings.schedule import CronSchedule
from components.settings.storage import AccessMode, Claim
from components.settings.words import ConflictError

__all__ = ["Resources", "Scheduling", "Workload", "resources"]


class Web(Workload):
    """`web`: the API, uwsgi and daphne behind nginx."""

    replicas: Replicas = 1
    """Pods. More than one needs `projects.storage.accessMode: ReadWriteMany`."""
    resources: Resources = resources("512Mi", "200m", "2Gi", "2")
    """Requests and limits of its container."""


class Execution(StrEnum):
    """Where jobs run."""

    HYBRID = "hybrid"
    """In the task pod with podman: privileged, host cgroups. The only path that syncs projects from source control."""
    CONTROL = "control"
    """In pods of their own through a container group, without privilege; no source-control project sync."""


class Task(Workload):
    """`task`: dispatcher, receptor and, in hybrid execution, the jobs."""

    replicas: Replicas = 1
    """Pods. Above one they become a StatefulSet whose pods register under their own names."""
    execution: Execution = Execution.HYBRID
    """`hybrid` runs jobs with podman in this (privileged) pod; `control` runs them in pods of their own."""
    resources: Resources = resources("1Gi", "200m", "4Gi", "2")
    """Requests and limits. 2Gi was seen to be killed (exit code 137) during a first project sync."""
    termination_grace_period_seconds: Annotated[int, Field(ge=1, le=86400, strict=True)] = 300
    """Seconds that running jobs get to end before the pod is killed."""


class Frontend(Workload):
    """`frontend`: the single-page application."""

    replicas: Replicas = 1
    """Pods."""
    resources: Resources = resources("32Mi", "25m", "128Mi", "200m")
    """Requests and limits of its container."""


class Init(Workload):
    """`init`: the Job that migrates the database and registers what the platform needs."""

    resources: Resources = resources("512Mi", "500m", "2Gi", "2")
    """Requests and limits. The first migration is CPU-bound: 4 minutes with one core, 8 with half of one."""
    preload_data: StrictBool = True
    """Create the demo organization, project, inventory and template on an empty database."""


class Redis(Workload):
    """`redis`: broker, cache and channel layer, with a password and an append-only file."""

    storage: Claim = Claim(size="2Gi")
    """Claim `forail-redis`, mounted at /data."""
    resources: Resources = resources("64Mi", "50m", "256Mi", "500m")
    """Requests and limits of its container."""


class OpaEnforcement(StrEnum):
    """What the backend does with policy decisions."""

    DISABLED = "disabled"
    FAIL_OPEN = "failOpen"
    FAIL_CLOSED = "failClosed"


class Opa(Workload):
    """`opa`: the policy decision point."""

    enabled: StrictBool = True
    """Run `forail-opa`."""
    enforcement: OpaEnforcement = OpaEnforcement.DISABLED
    """Whether the backend asks it, and what an unreachable one means: `failOpen` allows, `failClosed` denies.
    OPA keeps policies in memory: after its restart each has to be saved again."""
    resources: Resources = resources("64Mi", "50m", "256Mi", "500m")
    """Requests and limits of its container."""

    @model_validator(mode="after")
    def _enforcement_needs_opa(self) -> Self:
        if not self.enabled and self.enforcement is not OpaEnforcement.DISABLED:
            raise ConflictError("enforcement", "needs OPA: set opa.enabled: true, or enforcement: disabled")
        return self


class OtelCollector(Workload):
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


class Projects(Section):
    """`projects`: synced project repositories, shared by web and task."""

    storage: Claim = Claim(size="4Gi", access_mode=AccessMode.READ_WRITE_MANY)
    """Claim `forail-projects`. `ReadWriteOnce` pins web and task to one node and to one replica each."""


class Receptor(Section):
    """`receptor`: work units of running jobs."""

    storage: Claim = Claim(size="2Gi")
    """Claim `forail-receptor`, mounted at /tmp/receptor; one per pod when `task.replicas` is above one."""


class Backups(Scheduling):
    """`backups`: database dumps on a schedule and on demand."""

    storage: Claim = Claim(size="10Gi")
    """Claim `forail-backups`, mounted at /var/backups/forail in web and in the CronJob."""
    schedule: CronSchedule = "30 1 * * *"
    """Cron schedule, five fields or @daily and the like, in the controller manager's time zone (normally UTC)."""
    suspended: StrictBool = False
    """Keep the CronJob but do not run it."""
    retention_days: Annotated[int, Field(ge=1, le=3650, strict=True)] = 7
    """Days a dump is kept; the newest good one always is."""
    resources: Resources = resources("256Mi", "100m", "1Gi", "1")
    """Requests and limits of its container."""
