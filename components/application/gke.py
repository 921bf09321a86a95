"""What GKE's load balancer reads of the Services that it leads to, with `exposure.controller: gce`."""

from __future__ import annotations

from collections.abc import Mapping

from ..settings.controllers import Controller
from ..settings.exposure import ExposureSettings

BACKEND_CONFIG = "forail-web"
"""Name of the BackendConfig that the Service of web names and the edge makes."""


def frontend_annotations(exposure: ExposureSettings) -> Mapping[str, str]:
    """Pods as its targets, since the Services are ClusterIP; their readiness probe is its health check."""
    return {"cloud.google.com/neg": '{"ingress": true}'} if exposure.controller is Controller.GCE else {}


def web_annotations(exposure: ExposureSettings) -> Mapping[str, str]:
    """The same, and a health check of its own, since web's probes are no HTTP requests."""
    if exposure.controller is not Controller.GCE:
        return {}
    backend = {"cloud.google.com/backend-config": f'{{"default": "{BACKEND_CONFIG}"}}'}
    return {**frontend_annotations(exposure), **backend}
