"""The Ingress: which path of the public hosts goes to which Service, in the order that matters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.networking.v1 import (
    HTTPIngressPathArgs,
    HTTPIngressRuleValueArgs,
    Ingress,
    IngressBackendArgs,
    IngressRuleArgs,
    IngressServiceBackendArgs,
    IngressSpecArgs,
    IngressTLSArgs,
    ServiceBackendPortArgs,
)

from ..application.frontend import PORT as FRONTEND_PORT
from ..application.web import HTTP_PORT, WEBSOCKET_PORT
from ..kube.metadata import SKIP_AWAIT, Scope
from ..settings.exposure import ExposureSettings, Reach

NAME = "forail"


@dataclass(frozen=True, kw_only=True)
class ExposureArgs:
    """What is exposed."""

    scope: Scope
    """Namespace and labels."""
    settings: ExposureSettings
    """`exposure`."""
    web: pulumi.Input[str]
    """Service of the API, known once it answers."""
    frontend: pulumi.Input[str]
    """Service of the single-page application, known once it answers."""
    tls_secret: pulumi.Input[str] | None
    """Secret with the certificate; None for plain HTTP."""


@dataclass(frozen=True)
class Route:
    """A path prefix and where it goes."""

    path: str
    service: pulumi.Input[str]
    port: int


def routes(web: pulumi.Input[str], frontend: pulumi.Input[str]) -> tuple[Route, ...]:
    """The platform's paths. `/static/forail` precedes `/static`, and the catch-all of the application comes last."""
    return (
        Route("/api", web, HTTP_PORT),
        Route("/admin", web, HTTP_PORT),
        Route("/sso", web, HTTP_PORT),
        Route("/websocket", web, WEBSOCKET_PORT),
        Route("/static/forail", frontend, FRONTEND_PORT),
        Route("/static", web, HTTP_PORT),
        Route("/", frontend, FRONTEND_PORT),
    )


class Exposure(pulumi.ComponentResource):
    """The way in.

    Creates: Ingress `forail`.
    Leaves the Ingress controller to the cluster.
    """

    def __init__(self, name: str, args: ExposureArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("forail:platform:Exposure", name, None, opts)
        ingress = ingress_for(
            NAME, args.scope, args.settings, routes(args.web, args.frontend), args.tls_secret, {}, parent=self
        )
        self.register_outputs({"ingress": ingress.metadata.name})


def ingress_for(
    name: str,
    scope: Scope,
    settings: ExposureSettings,
    paths: tuple[Route, ...],
    tls_secret: pulumi.Input[str] | None,
    annotations: dict[str, str],
    *,
    parent: pulumi.Resource,
) -> Ingress:
    """An Ingress for every public host. Its address is waited for only where a load balancer gives one."""
    rules = HTTPIngressRuleValueArgs(
        paths=[
            HTTPIngressPathArgs(
                path=route.path,
                path_type="Prefix",
                backend=IngressBackendArgs(
                    service=IngressServiceBackendArgs(
                        name=route.service, port=ServiceBackendPortArgs(number=route.port)
                    )
                ),
            )
            for route in paths
        ]
    )
    await_address: Mapping[str, str] = {} if settings.mode is Reach.LOAD_BALANCER else SKIP_AWAIT
    tls = [IngressTLSArgs(hosts=list(settings.hosts), secret_name=tls_secret)] if tls_secret is not None else None
    return Ingress(
        name,
        metadata=scope.meta("ingress", name, annotations={**settings.annotations, **annotations, **await_address}),
        spec=IngressSpecArgs(
            ingress_class_name=settings.class_name,
            rules=[IngressRuleArgs(host=host, http=rules) for host in settings.hosts],
            tls=tls,
        ),
        opts=pulumi.ResourceOptions(parent=parent),
    )
