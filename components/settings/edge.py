"""`exposure.edge`: the nginx of `exposure.via: service`."""

from __future__ import annotations

from ..schema.values import Replicas
from .workload import Resources, WorkloadSettings, resources


class EdgeSettings(WorkloadSettings):
    """`exposure.edge`: the nginx that leads to the platform where no controller does."""

    replicas: Replicas = 2
    """Pods. Two, so that the way in outlives a node."""
    resources: Resources = resources("32Mi", "25m", "128Mi", "500m")
    """Requests and limits of its container."""
