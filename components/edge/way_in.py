"""What every way in leads where: the platform's paths in their order, as data for Ingress, HTTPRoute and edge alike."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from ..application.frontend import PORT as FRONTEND_PORT
from ..application.web import HTTP_PORT, WEBSOCKET_PORT
from ..kube.metadata import Scope
from ..settings.exposure import ExposureSettings

NAME = "forail"
"""Name of the object that is the way in."""


@dataclass(frozen=True)
class Route:
    """A path prefix and where it goes."""

    path: str
    service: pulumi.Input[str]
    """Name of the Service, in the platform's namespace."""
    port: int
    """Port of the Service."""
    stays_open: bool = False
    """Whether its connections are upgraded to websockets and may be silent for hours."""


def routes(web: pulumi.Input[str], frontend: pulumi.Input[str]) -> tuple[Route, ...]:
    """The platform's paths. `/static/forail` precedes `/static`, and the catch-all of the application comes last."""
    return (
        Route("/api", web, HTTP_PORT),
        Route("/admin", web, HTTP_PORT),
        Route("/sso", web, HTTP_PORT),
        Route("/websocket", web, WEBSOCKET_PORT, stays_open=True),
        Route("/static/forail", frontend, FRONTEND_PORT),
        Route("/static", web, HTTP_PORT),
        Route("/", frontend, FRONTEND_PORT),
    )


@dataclass(frozen=True, kw_only=True)
class WayIn:
    """What leads where, whatever makes it happen."""

    scope: Scope
    """Namespace and labels."""
    settings: ExposureSettings
    """`exposure`."""
    routes: tuple[Route, ...]
    """The paths below every public host, in their order; the longest that fits wins."""
    tls_secret: pulumi.Input[str] | None
    """Secret with the certificate, in the platform's namespace; None where the way in ends no TLS."""
