"""`backups`: database dumps."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StrictBool

from ..schema.cron import CronSchedule
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
    """Days a dump is kept; the newest good one always is."""
    drill: DrillSettings | None = None
    """Left out, there is none."""
    resources: Resources = resources("256Mi", "100m", "1Gi", "1")
    """Requests and limits of its container."""
