"""The Ingress, for a controller that runs in the cluster."""

from __future__ import annotations

from collections.abc import Mapping

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

from ..kube.metadata import SKIP_AWAIT
from ..settings.reach import Reach
from . import controllers
from .way_in import Route, WayIn


def ingress(
    name: str, object_name: str, way: WayIn, annotations: Mapping[str, pulumi.Input[str]], parent: pulumi.Resource
) -> Ingress:
    """The Ingress `object_name` for every public host; `annotations` go over those of `exposure`.

    Its address is waited for only where a load balancer gives one.
    """
    settings = way.settings
    await_address: Mapping[str, str] = {} if settings.mode is Reach.LOAD_BALANCER else SKIP_AWAIT
    rules = HTTPIngressRuleValueArgs(paths=[_path(route) for route in way.routes])
    tls = None
    if way.tls_secret is not None:
        tls = [IngressTLSArgs(hosts=list(settings.hosts), secret_name=way.tls_secret)]
    given: dict[str, pulumi.Input[str]] = {**controllers.annotations_for(way), **settings.annotations, **annotations}
    return Ingress(
        name,
        metadata=way.scope.meta("ingress", object_name, annotations={**given, **await_address}),
        spec=IngressSpecArgs(
            ingress_class_name=controllers.class_name(settings),
            rules=[IngressRuleArgs(host=host, http=rules) for host in settings.hosts],
            tls=tls,
        ),
        opts=pulumi.ResourceOptions(parent=parent),
    )


def _path(route: Route) -> HTTPIngressPathArgs:
    port = ServiceBackendPortArgs(number=route.port)
    backend = IngressBackendArgs(service=IngressServiceBackendArgs(name=route.service, port=port))
    return HTTPIngressPathArgs(path=route.path, path_type="Prefix", backend=backend)
