"""`init`: the Job that migrates the database and registers what the platform needs."""

from __future__ import annotations

from pydantic import StrictBool

from .workload import Resources, WorkloadSettings, resources


class InitSettings(WorkloadSettings):
    """`init`: the Job that migrates the database and registers what the platform needs."""

    resources: Resources = resources("512Mi", "500m", "2Gi", "2")
    """Requests and limits. The first migration is CPU-bound: 4 minutes with one core, 8 with half of one."""
    preload_data: StrictBool = True
    """Create the demo organization, project, inventory and template on an empty database."""
