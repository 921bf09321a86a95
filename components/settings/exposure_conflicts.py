"""What within `exposure` does not fit together, and what a way in cannot do."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_network
from typing import TYPE_CHECKING

from .controllers import ABILITIES, Controller
from .reach import Reach, Via
from .tls import TerminatedUpstreamTls

if TYPE_CHECKING:
    from .exposure import ExposureSettings

# The Gateway API takes so many in spec.hostnames of an HTTPRoute.
ROUTE_HOSTS = 16
HTTP, HTTPS = 80, 443
Conflict = tuple[str, str]


def conflicts(exposure: ExposureSettings) -> Iterator[Conflict]:
    """Pairs of the key to change, seen from `exposure`, and message."""
    yield from _keys_of_other_ways(exposure)
    yield from _gateway(exposure)
    yield from _controller(exposure)
    yield from _reach(exposure)
    yield from _filter(exposure)


def _keys_of_other_ways(exposure: ExposureSettings) -> Iterator[Conflict]:
    via = exposure.via
    for key, given in (("className", exposure.class_name), ("controller", exposure.controller)):
        if given is not None and via is not Via.INGRESS:
            hint = "; the GatewayClass is gateway.className" if via is Via.GATEWAY and key == "className" else ""
            yield key, f"has no effect with exposure.via {via}: drop it, or set via: ingress{hint}"
    if exposure.gateway is not None and via is not Via.GATEWAY:
        yield "gateway", f"has no effect with exposure.via {via}: set via: gateway, or drop it"
    if exposure.edge is not None and via is not Via.SERVICE:
        yield "edge", f"has no effect with exposure.via {via}, which runs none: set via: service, or drop it"
    if exposure.annotations and via is Via.NONE:
        yield "annotations", "have no effect with exposure.via none, which makes no object to carry them: drop them"


def _gateway(exposure: ExposureSettings) -> Iterator[Conflict]:
    if exposure.via is not Via.GATEWAY:
        return
    if exposure.gateway is None:
        yield (
            "gateway",
            "is missing: give className for a Gateway of the stack's own, or parentRefs to one that exists",
        )
    elif exposure.gateway.parent_refs and exposure.serves_certificate:
        yield (
            "tls.mode",
            f"is {exposure.tls.mode}, and a Gateway that exists ends TLS with a certificate of its own: set "
            "terminatedUpstream, or disabled where it serves plain HTTP",
        )
    if len(exposure.hosts) > ROUTE_HOSTS:
        yield "extraHosts", f"make more than the {ROUTE_HOSTS} hosts that an HTTPRoute takes: name fewer"


def _reach(exposure: ExposureSettings) -> Iterator[Conflict]:
    via, mode, ports = exposure.via, exposure.mode, exposure.ports
    upstream = isinstance(exposure.tls, TerminatedUpstreamTls)
    others = f"via {via}" if via in (Via.GATEWAY, Via.NONE) else None
    if exposure.controller not in (None, Controller.TRAEFIK):
        others = f"controller {exposure.controller}"
    if ports is not None and mode is not Reach.NODE_PORT:
        yield "ports", f"have no effect with exposure.mode {mode}: drop them, or set mode: nodePort"
    elif ports is not None and upstream and via is not Via.SERVICE:
        yield (
            "ports",
            "have no effect with exposure.tls.mode terminatedUpstream: drop them; the port that clients use is "
            "exposure.tls.port",
        )
    # The documented deployment's controller has these ports, and the stack's own edge opens them: nobody else does.
    elif ports is None and mode is Reach.NODE_PORT and others is not None and not upstream:
        yield (
            "ports",
            f"are missing: with exposure.{others} the stack does not know the node ports, and URLs must carry them; "
            "give them, or set mode: loadBalancer for 80 and 443",
        )
    if mode is Reach.HOST_NETWORK and via is Via.SERVICE:
        yield (
            "mode",
            "is hostNetwork, and the edge of exposure.via service has no rights on its node: set nodePort or "
            "loadBalancer",
        )


def _controller(exposure: ExposureSettings) -> Iterator[Conflict]:
    controller = exposure.controller
    if controller is None:
        return
    can = ABILITIES[controller]
    others = {one.class_name: name for name, one in ABILITIES.items() if name is not controller}
    if exposure.class_name in others:
        yield (
            "className",
            f"is the class of {others[exposure.class_name]}, which ignores what is written for {controller}: drop it, "
            f"or set controller: {others[exposure.class_name]}",
        )
    if isinstance(exposure.tls, TerminatedUpstreamTls):
        if controller is Controller.ALB and exposure.tls.port == HTTP:
            yield "tls.port", f"is {HTTP}, where the load balancer redirects plain HTTP: give https another port"
        if controller is Controller.GCE and exposure.tls.port != HTTPS:
            yield "tls.port", f"is not {HTTPS}, the only one where GKE's load balancer serves https: drop it"
    if can.is_load_balancer and exposure.mode is not Reach.LOAD_BALANCER:
        yield (
            "mode",
            f"is {exposure.mode}, and {controller} makes a load balancer for the Ingress: set mode: loadBalancer",
        )
    if not can.reads_secret and exposure.serves_certificate:
        yield (
            "tls.mode",
            f"is {exposure.tls.mode}, and {controller} reads no certificate from a Secret: set terminatedUpstream, "
            "with the certificate where the load balancer finds it, or disabled",
        )


def _filter(exposure: ExposureSettings) -> Iterator[Conflict]:
    if not exposure.allow_from:
        return
    controller, upstream = exposure.controller, isinstance(exposure.tls, TerminatedUpstreamTls)
    yield from _cancelled(exposure, upstream)
    reason = None
    if exposure.via is Via.NONE:
        reason = "exposure.via none makes nothing that could refuse a client; filter where you route"
    elif exposure.via is Via.GATEWAY:
        reason = "the Gateway API has no filter for addresses; use a policy of the Gateway's controller"
    elif exposure.via is Via.SERVICE:
        if upstream and not exposure.trusted_proxies:
            reason = (
                "the edge sees only the load balancer's address; name its network in exposure.trustedProxies, so that "
                "the edge believes what it says of the client"
            )
    elif controller is None:
        reason = "an Ingress has no such field; name the controller (exposure.controller), whose annotations are known"
    elif ABILITIES[controller].cannot_filter is not None:
        reason = f"{ABILITIES[controller].cannot_filter}"
    elif upstream and not ABILITIES[controller].ends_upstream:
        reason = "the controller sees only the load balancer's address; filter there"
    if reason is not None:
        yield "allowFrom", f"cannot be held: {reason}. Otherwise drop it"


def _cancelled(exposure: ExposureSettings, upstream: bool) -> Iterator[Conflict]:
    """What lets in clients that `allowFrom` does not name."""
    if any(ip_network(network).prefixlen == 0 for network in exposure.trusted_proxies):
        yield "trustedProxies", "believe everyone, so that nobody is held off by exposure.allowFrom: name networks"
    elif exposure.via is Via.SERVICE and exposure.trusted_proxies and not upstream:
        yield (
            "trustedProxies",
            "let whoever comes from them name another client, which undoes exposure.allowFrom: drop them, or set "
            "tls.mode: terminatedUpstream where a load balancer stands before the edge",
        )
    filters = None if exposure.controller is None else ABILITIES[exposure.controller].filter_annotation
    if filters in exposure.annotations:
        yield "annotations", f"have {filters}, which takes the place of exposure.allowFrom: drop one of the two"
