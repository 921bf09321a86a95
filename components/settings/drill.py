"""`backups.drill`: a restore on trial."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from ..schema.cron import CronSchedule, gaps
from ..schema.section import Section
from ..schema.values import Memory
from ..schema.words import ConflictError
from .workload import Resources, resources


class DrillSettings(Section):
    """`backups.drill`: restores the newest dump into a throw-away PostgreSQL server (`images.postgres`, not older than
    the dump's server) and reports what it found in the ConfigMap `forail-backup-drill`. Its pods are placed as those of
    `backups`. Needs Kubernetes 1.29."""

    schedule: CronSchedule = "0 4 * * 0"
    """When the newest dump (with `backups.copies`, the newest in the store) is restored into a throw-away PostgreSQL
    server of `images.postgres`; cron schedule, as `backups.schedule`. `drill: {}` is enough for the default. The report
    is in the ConfigMap `forail-backup-drill`, and counts until the next one is overdue. Needs Kubernetes 1.29."""
    deadline_seconds: Annotated[int, Field(ge=300, le=7 * 24 * 3600, strict=True)] = 6 * 3600
    """Seconds until a drill that is not over is ended and has failed; less than from one run to the next."""
    size: Memory = "10Gi"
    """Space on the node's disk for the throw-away server: that of the database, and 1 Gi more; with `backups.copies`
    that of a dump, too. It is reserved for the pod, which is evicted when it uses more."""
    resources: Resources = resources("256Mi", "100m", "1Gi", "1")
    """Requests and limits of its container, and of the server beside it."""

    @model_validator(mode="after")
    def _ends_before_the_next(self) -> Self:
        shortest = gaps(self.schedule).shortest
        if self.deadline_seconds >= shortest:
            raise ConflictError(
                "deadlineSeconds",
                f"is {self.deadline_seconds}, and schedule starts the next drill after {shortest} s, which would end "
                "this one: lower it, or let drills run less often",
            )
        return self
