"""`web`: API and websockets."""

from __future__ import annotations

from ..schema.values import Replicas
from .workload import Resources, WorkloadSettings, resources


class WebSettings(WorkloadSettings):
    """`web`: the API, uwsgi and daphne behind nginx."""

    replicas: Replicas = 1
    """Pods. More than one needs `projects.storage.accessMode: ReadWriteMany`."""
    resources: Resources = resources("512Mi", "200m", "2Gi", "2")
    """Requests and limits of its container."""
