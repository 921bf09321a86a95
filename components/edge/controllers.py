"""What an Ingress says to each controller, beside rules and TLS: annotations, and objects that these name."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pulumi
import pulumi_kubernetes as kubernetes

from ..application.gke import BACKEND_CONFIG
from ..application.web import HTTP_PORT
from ..settings.controllers import ABILITIES, Controller
from ..settings.exposure import ExposureSettings
from ..settings.stack import INGRESS_CLASS
from ..settings.tls import TerminatedUpstreamTls
from .way_in import WayIn

# A job that prints nothing for hours keeps its stream; web's own nginx bounds what may not take long.
DAY_SECONDS = 24 * 60 * 60
TRAEFIK_ROUTER = "traefik.ingress.kubernetes.io/router"
ALLOW, REDIRECT = "forail-allow", "forail-redirect"
# The most that an ALB takes.
ALB_IDLE_SECONDS = 4000
# web's nginx answers it without Django, which refuses a Host header that is an address; the frontend with its page.
HEALTH_PATH = "/nginx/live"


def annotations_for(way: WayIn) -> Mapping[str, pulumi.Input[str]]:
    """Annotations for `exposure.controller` on an Ingress of the platform; none where it is left out."""
    controller, settings = way.settings.controller, way.settings
    if controller is None:
        return {}
    found: dict[str, pulumi.Input[str]] = {**_ANNOTATIONS[controller](settings)}
    filters = ABILITIES[controller].filter_annotation
    if settings.allow_from and filters is not None:
        networks = _BETWEEN_NETWORKS.get(controller, ",").join(settings.allow_from)
        found[filters] = _middleware(way, ALLOW) if controller is Controller.TRAEFIK else networks
    return found


def class_name(settings: ExposureSettings) -> str | None:
    """IngressClass; None for GKE, which knows its own Ingresses by the annotation only."""
    return None if settings.controller is Controller.GCE else settings.ingress_class


def redirects(way: WayIn) -> Mapping[str, pulumi.Input[str]] | None:
    """Annotations of one more Ingress, for plain HTTP, whose requests are only sent to HTTPS; None without need."""
    if way.settings.controller is not Controller.TRAEFIK or not way.settings.serves_certificate:
        return None
    return {f"{TRAEFIK_ROUTER}.entrypoints": "web", f"{TRAEFIK_ROUTER}.middlewares": _middleware(way, REDIRECT)}


def objects(name: str, way: WayIn, parent: pulumi.Resource) -> None:
    """Registers what the controller's annotations name: Traefik's Middlewares, GKE's BackendConfig."""
    settings = way.settings
    made: list[tuple[str, str, str, str, Mapping[str, object]]] = []
    if settings.controller is Controller.TRAEFIK:
        kind = ("traefik.io/v1alpha1", "Middleware")
        if settings.allow_from:
            made.append((f"{name}-allow", *kind, ALLOW, {"ipAllowList": {"sourceRange": list(settings.allow_from)}}))
        if settings.serves_certificate:
            redirect = {"scheme": "https", "port": str(settings.port or 443)}
            made.append((f"{name}-redirect", *kind, REDIRECT, {"redirectScheme": redirect}))
    if settings.controller is Controller.GCE:
        health = {"type": "HTTP", "requestPath": HEALTH_PATH, "port": HTTP_PORT}
        spec = {"timeoutSec": DAY_SECONDS, "healthCheck": health}
        made.append((f"{name}-backend", "cloud.google.com/v1", "BackendConfig", BACKEND_CONFIG, spec))
    for resource, api_version, kind_name, object_name, spec in made:
        kubernetes.apiextensions.CustomResource(
            resource,
            api_version=api_version,
            kind=kind_name,
            metadata=way.scope.meta("ingress", object_name),
            spec=dict(spec),
            opts=pulumi.ResourceOptions(parent=parent),
        )


def _middleware(way: WayIn, object_name: str) -> pulumi.Output[str]:
    return pulumi.Output.concat(way.scope.namespace, "-", object_name, "@kubernetescrd")


def _traefik(settings: ExposureSettings) -> dict[str, str]:
    # Its time-outs do not touch websockets. Without an entry point, its router answers plain HTTP beside HTTPS.
    return {f"{TRAEFIK_ROUTER}.entrypoints": "websecure"} if settings.serves_certificate else {}


def _haproxy(settings: ExposureSettings) -> dict[str, str]:
    found = {
        # The controller takes `timeout tunnel` from its ConfigMap only, and its default is an hour.
        "haproxy.org/backend-config-snippet": f"timeout tunnel {DAY_SECONDS}s",
        # As long as web's nginx gives uwsgi.
        "haproxy.org/timeout-server": "120s",
    }
    if settings.serves_certificate:
        found |= {"haproxy.org/ssl-redirect": "true", "haproxy.org/ssl-redirect-port": str(settings.port or 443)}
    return found


def _contour(settings: ExposureSettings) -> dict[str, str]:
    found = {
        "projectcontour.io/websocket-routes": "/websocket",
        # Envoy's 15 seconds would end uploads and long lists.
        "projectcontour.io/response-timeout": "infinity",
    }
    if settings.serves_certificate and settings.port is None:
        found["ingress.kubernetes.io/force-ssl-redirect"] = "true"
    elif settings.serves_certificate:
        # Its redirect keeps the port that the client came to, and nobody speaks TLS there.
        found["kubernetes.io/ingress.allow-http"] = "false"
    return found


def _alb(settings: ExposureSettings) -> dict[str, str]:
    prefix = "alb.ingress.kubernetes.io"
    found = {
        # The Services are ClusterIP: the load balancer sends to pods.
        f"{prefix}/target-type": "ip",
        f"{prefix}/load-balancer-attributes": f"idle_timeout.timeout_seconds={ALB_IDLE_SECONDS}",
        f"{prefix}/healthcheck-path": HEALTH_PATH,
    }
    if isinstance(settings.tls, TerminatedUpstreamTls):
        port = settings.tls.port
        found[f"{prefix}/listen-ports"] = f'[{{"HTTP": 80}}, {{"HTTPS": {port}}}]'
        found[f"{prefix}/ssl-redirect"] = str(port)
    else:
        found[f"{prefix}/listen-ports"] = '[{"HTTP": 80}]'
    return found


def _gce(settings: ExposureSettings) -> dict[str, str]:
    found = {INGRESS_CLASS: settings.ingress_class}
    if settings.scheme == "https":
        # Its redirect needs another object; so the load balancer does not listen at 80 at all.
        found["kubernetes.io/ingress.allow-http"] = "false"
    return found


def _openshift(settings: ExposureSettings) -> dict[str, str]:
    # Copied to each Route. A Route with TLS redirects plain HTTP by itself.
    prefix = "haproxy.router.openshift.io"
    found = {f"{prefix}/timeout": "120s", f"{prefix}/timeout-tunnel": f"{DAY_SECONDS}s"}
    if isinstance(settings.tls, TerminatedUpstreamTls):
        # Without a Secret the router serves its own certificate.
        found["route.openshift.io/termination"] = "edge"
    return found


_BETWEEN_NETWORKS: Mapping[Controller, str] = {Controller.HAPROXY: ", ", Controller.OPENSHIFT: " "}
_ANNOTATIONS: Mapping[Controller, Callable[[ExposureSettings], dict[str, str]]] = {
    Controller.TRAEFIK: _traefik,
    Controller.HAPROXY: _haproxy,
    Controller.CONTOUR: _contour,
    Controller.ALB: _alb,
    Controller.GCE: _gce,
    Controller.OPENSHIFT: _openshift,
}
