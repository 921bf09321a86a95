"""`backups`: database dumps."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, StrictBool, model_validator

from ..schema.cron import CronSchedule
from ..schema.words import ConflictError
from .copies import CopiesSettings
from .drill import DrillSettings
from .storage import ClaimSettings
from .workload import PodSettings, Resources, resources


class BackupsSettings(PodSettings):
    """`backups`: database dumps on a schedule and on demand."""

    storage: ClaimSettings = ClaimSettings(size="10Gi")
    """Claim `forail-backups`, mounted at /var/backups/forail in web and in the CronJob."""
    schedule: CronSchedule = "30 1 * * *"
    """Cron schedule, five fields or @daily and the like, in the controller manager's time zone (normally UTC)."""
    suspended: StrictBool = False
    """Keep the CronJob but do not run it."""
    retention_days: Annotated[int, Field(ge=1, le=3650, strict=True)] = 7
    """Days a dump is kept, by the time in its name; the newest three are kept whatever their age."""
    drill: DrillSettings | None = None
    """Left out, there is none."""
    resources: Resources = resources("256Mi", "100m", "1Gi", "1")
    """Requests and limits of its container."""
    copies: CopiesSettings | None = None
    """Left out, dumps stay in the cluster."""

    @model_validator(mode="after")
    def _copies_stay_as_long(self) -> Self:
        if self.copies is not None and self.copies.retention_days < self.retention_days:
            raise ConflictError(
                "copies.retentionDays",
                f"must be at least backups.retentionDays ({self.retention_days}), or a dump would outlive its copy",
            )
        return self
