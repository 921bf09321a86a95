"""`frontend`: the single-page application."""

from __future__ import annotations

from ..schema.values import Replicas
from .workload import Resources, WorkloadSettings, resources


class FrontendSettings(WorkloadSettings):
    """`frontend`: the single-page application."""

    replicas: Replicas = 1
    """Pods."""
    resources: Resources = resources("32Mi", "25m", "128Mi", "200m")
    """Requests and limits of its container."""
