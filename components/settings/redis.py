"""`redis`: broker, cache and channel layer."""

from __future__ import annotations

from .storage import ClaimSettings
from .workload import Resources, WorkloadSettings, resources


class RedisSettings(WorkloadSettings):
    """`redis`: broker, cache and channel layer, with a password and an append-only file."""

    storage: ClaimSettings = ClaimSettings(size="2Gi")
    """Claim `forail-redis`, mounted at /data."""
    resources: Resources = resources("64Mi", "50m", "256Mi", "500m")
    """Requests and limits of its container."""
