"""`exposure.controller`: which Ingress controller the Ingress is written for, and what that one can do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Controller(StrEnum):
    """Ingress controllers whose annotations are known."""

    TRAEFIK = "traefik"
    HAPROXY = "haproxy"
    CONTOUR = "contour"
    ALB = "alb"
    GCE = "gce"
    OPENSHIFT = "openshift"


GROUP_NAME = "alb.ingress.kubernetes.io/group.name"
"""Annotation by which several Ingresses share a load balancer of alb."""


@dataclass(frozen=True, kw_only=True)
class Abilities:
    """What a controller can do with an Ingress."""

    class_name: str
    """IngressClass that its own installation makes."""
    reads_secret: bool = True
    """Whether it serves the certificate of a Secret."""
    is_load_balancer: bool = False
    """Whether it makes a load balancer for the Ingress, so that there is no port on nodes."""
    cannot_filter: str | None = None
    """Why it cannot refuse addresses; None where it can."""
    filter_annotation: str | None = None
    """Annotation of the Ingress that refuses addresses."""
    ends_upstream: bool = False
    """Whether it is itself what ends TLS with `terminatedUpstream`, and so sees the addresses of clients."""


ABILITIES: Mapping[Controller, Abilities] = {
    Controller.TRAEFIK: Abilities(
        class_name="traefik", filter_annotation="traefik.ingress.kubernetes.io/router.middlewares"
    ),
    Controller.HAPROXY: Abilities(class_name="haproxy", filter_annotation="haproxy.org/allow-list"),
    Controller.CONTOUR: Abilities(
        class_name="contour", cannot_filter="Contour filters addresses by its HTTPProxy only, not by an Ingress"
    ),
    Controller.ALB: Abilities(
        class_name="alb",
        reads_secret=False,
        is_load_balancer=True,
        ends_upstream=True,
        filter_annotation="alb.ingress.kubernetes.io/inbound-cidrs",
    ),
    Controller.GCE: Abilities(
        class_name="gce",
        is_load_balancer=True,
        cannot_filter="GKE filters addresses by Cloud Armor, whose policies are outside the cluster",
        ends_upstream=True,
    ),
    Controller.OPENSHIFT: Abilities(
        class_name="openshift-default",
        ends_upstream=True,
        filter_annotation="haproxy.router.openshift.io/ip_whitelist",
    ),
}
