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

from ..application.assistant import NAME as ASSISTANT
from ..application.assistant import PORT as ASSISTANT_PORT
from ..application.frontend import PORT as FRONTEND_PORT
from ..application.web import HTTP_PORT, WEBSOCKET_PORT
from ..kube.metadata import SKIP_AWAIT, Scope
from ..settings.assistant import AssistantIngressSettings
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
    assistant: pulumi.Input[str] | None = None
    """Service of the assistant, known once it answers; None where it is off."""
    assistant_ingress: AssistantIngressSettings | None = None
    """`assistant.ingress`; None keeps the assistant inside the cluster."""
    tls_secret: pulumi.Input[str] | None
    """Secret with the certificate; None for plain HTTP."""


@dataclass(frozen=True)
class Route:
    """A path prefix and where it goes."""

    path: str
    service: pulumi.Input[str]
    port: int

    def render(self) -> HTTPIngressPathArgs:
        """The path as an Ingress has it."""
        port = ServiceBackendPortArgs(number=self.port)
        backend = IngressBackendArgs(service=IngressServiceBackendArgs(name=self.service, port=port))
        return HTTPIngressPathArgs(path=self.path, path_type="Prefix", backend=backend)


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
    """The platform's Ingress.

    Creates: Ingress `forail`, and `forail-assistant` where `assistant.ingress` asks for one.
    Leaves the Ingress controller to the cluster.
    """

    def __init__(self, name: str, args: ExposureArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("forail:edge:Exposure", name, None, opts)
        ingress = self._ingress(name, args, NAME, routes(args.web, args.frontend), {})
        if args.assistant is not None and args.assistant_ingress is not None:
            route = Route(args.assistant_ingress.path, args.assistant, ASSISTANT_PORT)
            self._ingress(f"{name}-assistant", args, ASSISTANT, (route,), args.assistant_ingress.annotations)
        self.register_outputs({"ingress": ingress.metadata.name})

    def _ingress(
        self, name: str, args: ExposureArgs, object_name: str, paths: tuple[Route, ...], annotations: Mapping[str, str]
    ) -> Ingress:
        """For every public host. Its address is waited for only where a load balancer gives one."""
        settings, tls_secret = args.settings, args.tls_secret
        await_address: Mapping[str, str] = {} if settings.mode is Reach.LOAD_BALANCER else SKIP_AWAIT
        rules = HTTPIngressRuleValueArgs(paths=[route.render() for route in paths])
        tls = [IngressTLSArgs(hosts=list(settings.hosts), secret_name=tls_secret)] if tls_secret is not None else None
        return Ingress(
            name,
            metadata=args.scope.meta(
                "ingress", object_name, annotations={**settings.annotations, **annotations, **await_address}
            ),
            spec=IngressSpecArgs(
                ingress_class_name=settings.class_name,
                rules=[IngressRuleArgs(host=host, http=rules) for host in settings.hosts],
                tls=tls,
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
