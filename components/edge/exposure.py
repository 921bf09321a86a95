"""The way from outside to the platform's Services, as `exposure.via` says."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pulumi

from ..application.assistant import NAME as ASSISTANT
from ..application.assistant import PORT as ASSISTANT_PORT
from ..application.frontend import NAME as FRONTEND
from ..application.frontend import PORT as FRONTEND_PORT
from ..application.web import NAME as WEB
from ..kube.container import ImageRef
from ..kube.metadata import Scope
from ..settings.assistant import AssistantIngressSettings
from ..settings.exposure import ExposureSettings
from ..settings.reach import Via
from . import controllers
from .gateway import GatewayRoutes, GatewayRoutesArgs
from .ingress import ingress
from .nginx import EdgeNginx, EdgeNginxArgs
from .way_in import NAME, Route, WayIn, routes


@dataclass(frozen=True, kw_only=True)
class ExposureArgs:
    """What is exposed."""

    scope: Scope
    """Namespace and labels."""
    settings: ExposureSettings
    """`exposure`."""
    edge_image: ImageRef
    """nginx of `exposure.via: service`."""
    web: pulumi.Input[str]
    """Service of the API, known once it answers."""
    frontend: pulumi.Input[str]
    """Service of the single-page application, known once it answers."""
    assistant: pulumi.Input[str] | None = None
    """Service of the assistant, known once it answers; None where it is off."""
    assistant_ingress: AssistantIngressSettings | None = None
    """`assistant.ingress`; None keeps the assistant inside the cluster."""
    tls_secret: pulumi.Input[str] | None
    """Secret with the certificate; None where the way in ends no TLS."""


class Exposure(pulumi.ComponentResource):
    """The platform's way in.

    Creates: by `exposure.via` the Ingress `forail`, with what its controller needs beside it, and `forail-assistant`
    where `assistant.ingress` asks for one; GatewayRoutes; EdgeNginx; or nothing.
    Leaves the controller of the Ingress or of the Gateway to the cluster.
    """

    def __init__(self, name: str, args: ExposureArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("forail:edge:Exposure", name, None, opts)
        way = WayIn(
            scope=args.scope,
            settings=args.settings,
            routes=routes(args.web, args.frontend),
            tls_secret=args.tls_secret,
        )
        child, made = pulumi.ResourceOptions(parent=self), None
        match args.settings.via:
            case Via.INGRESS:
                made = self._ingresses(name, args, way)
            case Via.GATEWAY:
                assert args.settings.gateway is not None, "settings refuse via gateway without it"
                GatewayRoutes(name, GatewayRoutesArgs(way=way, gateway=args.settings.gateway), child)
            case Via.SERVICE:
                EdgeNginx(f"{name}-edge", self._edge(args, way), child)
            case Via.NONE:
                pass
        self.register_outputs({} if made is None else {"ingress": made})

    def _edge(self, args: ExposureArgs, way: WayIn) -> EdgeNginxArgs:
        # nginx has the names in its configuration and looks them up while it runs, so it waits for no Service.
        return EdgeNginxArgs(way=replace(way, routes=routes(WEB, FRONTEND)), image=args.edge_image)

    def _ingresses(self, name: str, args: ExposureArgs, way: WayIn) -> pulumi.Output[str]:
        controllers.objects(name, way, self)
        made = ingress(name, NAME, way, {}, self)
        redirects = controllers.redirects(way)
        if redirects is not None:
            plain = replace(way, routes=(Route("/", args.frontend, FRONTEND_PORT),), tls_secret=None)
            ingress(f"{name}-redirect", controllers.REDIRECT, plain, redirects, self)
        if args.assistant is not None and args.assistant_ingress is not None:
            route = Route(args.assistant_ingress.path, args.assistant, ASSISTANT_PORT)
            ingress(
                f"{name}-assistant", ASSISTANT, replace(way, routes=(route,)), args.assistant_ingress.annotations, self
            )
        return made.metadata.name
