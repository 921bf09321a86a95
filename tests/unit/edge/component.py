"""The edge of `exposure.via: service` by itself, for settings as a stack file gives them."""

from __future__ import annotations

from typing import Any

from components.application.frontend import NAME as FRONTEND
from components.application.web import NAME as WEB
from components.edge.nginx import NAME, EdgeNginx, EdgeNginxArgs
from components.edge.way_in import WayIn, routes
from components.kube.container import ImageRef
from components.settings.exposure import ExposureSettings
from tests.unit.deployment import Deployment
from tests.unit.engine import run
from tests.unit.kube.rendered import SCOPE

IMAGE = ImageRef("nginx:1.2.3", "1.2.3")


def edge(**exposure: Any) -> Deployment:
    """What it registers; a certificate is in the Secret `forail-tls`."""
    settings = ExposureSettings.model_validate({"host": "forail.lan", "via": "service", **exposure})

    def component() -> None:
        secret = "forail-tls" if settings.serves_certificate else None
        way = WayIn(scope=SCOPE, settings=settings, routes=routes(WEB, FRONTEND), tls_secret=secret)
        EdgeNginx(NAME, EdgeNginxArgs(way=way, image=IMAGE))

    return run(component)
