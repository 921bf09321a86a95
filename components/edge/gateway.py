"""HTTPRoutes of the Gateway API, on a Gateway that exists or on one of the stack's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

from ..kube.metadata import SKIP_AWAIT, waits_for
from ..settings.gateway import GatewaySettings, ListenerPorts
from ..settings.reach import Reach
from .way_in import NAME, Route, WayIn

API_VERSION = "gateway.networking.k8s.io/v1"
HTTP_LISTENER = "http"
# web's nginx gives uwsgi 120 seconds for an answer; a body of its 50 MB needs longer over a slow line.
REQUEST_TIMEOUT = "600s"
# The Gateway API's word for none: a job that prints nothing for hours keeps its stream.
NO_TIMEOUT = "0s"


@dataclass(frozen=True, kw_only=True)
class GatewayRoutesArgs:
    """What hangs on which Gateway."""

    way: WayIn
    """Namespace, settings, paths and certificate."""
    gateway: GatewaySettings
    """`exposure.gateway`."""


class GatewayRoutes(pulumi.ComponentResource):
    """The platform's paths by the Gateway API.

    Creates: HTTPRoute `forail`; without `gateway.parentRefs` the Gateway `forail`, and where it ends TLS the HTTPRoute
    `forail-redirect`, which sends plain HTTP to HTTPS.
    Leaves the definitions, the class and its controller to the cluster.
    """

    def __init__(self, name: str, args: GatewayRoutesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("forail:edge:GatewayRoutes", name, None, opts)
        gateway, way = args.gateway, args.way
        own = None if gateway.class_name is None else self._gateway(name, gateway, way)
        if own is None:
            parents = [ref.model_dump(mode="json", by_alias=True, exclude_none=True) for ref in gateway.parent_refs]
        else:
            parents = [_listener(own, listener) for listener in _main_listeners(way)]
        annotations = way.settings.annotations if own is None else {}
        self._route(name, NAME, way, parents, [_rule(route) for route in way.routes], annotations)
        if own is not None and way.tls_secret is not None:
            redirect = {"scheme": "https", "port": way.settings.port or 443, "statusCode": 302}
            rule = {"filters": [{"type": "RequestRedirect", "requestRedirect": redirect}]}
            self._route(f"{name}-redirect", f"{NAME}-redirect", way, [_listener(own, HTTP_LISTENER)], [rule], {})
        self.register_outputs({})

    def _gateway(self, name: str, gateway: GatewaySettings, way: WayIn) -> pulumi.Output[str]:
        """The Gateway's name, known once it exists. Its address is waited for only where a load balancer gives one."""
        wait = waits_for("Programmed") if way.settings.mode is Reach.LOAD_BALANCER else SKIP_AWAIT
        addresses = [{"type": "IPAddress", "value": address} for address in gateway.addresses]
        made = kubernetes.apiextensions.CustomResource(
            name,
            api_version=API_VERSION,
            kind="Gateway",
            metadata=way.scope.meta("ingress", NAME, annotations={**way.settings.annotations, **wait}),
            spec={
                "gatewayClassName": gateway.class_name,
                "listeners": _listeners(gateway, way),
                **({"addresses": addresses} if addresses else {}),
            },
            opts=pulumi.ResourceOptions(parent=self),
        )
        return made.id.apply(lambda _: NAME)

    def _route(
        self,
        name: str,
        object_name: str,
        way: WayIn,
        parents: list[dict[str, Any]],
        rules: list[dict[str, Any]],
        annotations: Mapping[str, str],
    ) -> None:
        kubernetes.apiextensions.CustomResource(
            name,
            api_version=API_VERSION,
            kind="HTTPRoute",
            metadata=way.scope.meta("ingress", object_name, annotations=annotations),
            spec={"parentRefs": parents, "hostnames": list(way.settings.hosts), "rules": rules},
            opts=pulumi.ResourceOptions(parent=self),
        )


def _main_listeners(way: WayIn) -> list[str]:
    """Names of the listeners that serve the platform: one for each host where TLS ends there, since a name decides."""
    if way.tls_secret is None:
        return [HTTP_LISTENER]
    return ["https", *(f"https-{number}" for number in range(2, len(way.settings.hosts) + 1))]


def _listeners(gateway: GatewaySettings, way: WayIn) -> list[dict[str, Any]]:
    ports = gateway.listener_ports or ListenerPorts()
    same = {"allowedRoutes": {"namespaces": {"from": "Same"}}}
    found: list[dict[str, Any]] = [{"name": HTTP_LISTENER, "port": ports.http, "protocol": "HTTP", **same}]
    if way.tls_secret is not None:
        tls = {"mode": "Terminate", "certificateRefs": [{"name": way.tls_secret}]}
        found += [
            {"name": name, "hostname": host, "port": ports.https, "protocol": "HTTPS", "tls": tls, **same}
            for name, host in zip(_main_listeners(way), way.settings.hosts, strict=True)
        ]
    return found


def _listener(gateway: pulumi.Output[str], listener: str) -> dict[str, Any]:
    return {"name": gateway, "sectionName": listener}


def _rule(route: Route) -> dict[str, Any]:
    """One path. The order of rules does not count: the API itself says that the longest prefix wins."""
    return {
        "matches": [{"path": {"type": "PathPrefix", "value": route.path}}],
        "backendRefs": [{"name": route.service, "port": route.port}],
        "timeouts": {"request": NO_TIMEOUT if route.stays_open else REQUEST_TIMEOUT},
    }
