"""The stack's own edge, for clusters without a controller: a small nginx behind a Service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.core.v1 import Service, ServicePortArgs, ServiceSpecArgs

from ..from_settings import pod_options
from ..kube.container import Container, ImageRef, Probe, Probes, Security
from ..kube.environment import texts
from ..kube.files import File, FileSet
from ..kube.metadata import SKIP_AWAIT
from ..kube.mounts import Mount, ScratchMount, SecretMount
from ..kube.pod import Pod
from ..kube.workload import Workload, WorkloadArgs
from ..settings.edge import EdgeSettings
from ..settings.exposure import ExposureSettings
from ..settings.reach import Reach
from ..settings.tls import DisabledTls, TerminatedUpstreamTls
from .nginx_conf import StackConf
from .way_in import WayIn

NAME = "forail-edge"
# Unprivileged, so that no capability is needed; the Service has the ones that clients see.
HTTP_PORT, HTTPS_PORT = 8080, 8443
# The image's user, which may read the Secret as the pod's group.
USER = 101
FOLDER = "/etc/forail/edge"
TLS_FOLDER = f"{FOLDER}/tls"
# Until every node and load balancer knows that the pod is going, it still answers. nginx.conf counts on it.
LEAVING_SECONDS = 5


@dataclass(frozen=True, kw_only=True)
class EdgeNginxArgs:
    """What the edge is made from."""

    way: WayIn
    """Namespace, settings, paths and certificate. The Services have fixed names: nginx looks them up as it runs."""
    image: ImageRef
    """nginx."""


class EdgeNginx(pulumi.ComponentResource):
    """nginx that ends TLS and leads the platform's paths to their Services.

    Creates: configuration, Deployment and Service `forail-edge`.
    Leaves to kubelet and start.sh: that a renewed certificate is served, whoever renewed it, without new pods.
    """

    def __init__(self, name: str, args: EdgeNginxArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("forail:edge:EdgeNginx", name, None, opts)
        settings = args.way.settings.edge or EdgeSettings()
        files = FileSet(
            name,
            _files(args.way.settings),
            args.way.scope,
            "edge",
            parent=self,
            content={"stack.conf": stack_conf(args.way).render()},
        )
        secret = args.way.tls_secret
        tls: tuple[Mount, ...] = () if secret is None else (SecretMount("tls", secret, TLS_FOLDER),)
        container = Container(
            name="nginx",
            image=args.image,
            command=("sh", f"{FOLDER}/start.sh"),
            env=texts(EDGE_CERTIFICATE=TLS_FOLDER if tls else None),
            ports={"http": HTTP_PORT} | ({"https": HTTPS_PORT} if _has_https(args.way.settings) else {}),
            mounts=(*files.mounts, *tls, ScratchMount("tmp", "/tmp")),
            probes=Probes.same(Probe(path="/nginx/live", port=HTTP_PORT)),
            pre_stop=("sleep", str(LEAVING_SECONDS)),
            security=Security(user=USER, group=USER, read_only_root=True),
        )
        Workload(
            name,
            WorkloadArgs(
                scope=args.way.scope,
                object_name=NAME,
                replicas=settings.replicas,
                pod=Pod(
                    component="edge",
                    containers=(container,),
                    options=pod_options(settings),
                    file_group=USER if tls else None,
                    spread=True,
                ),
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self._service(name, args)
        self.register_outputs({})

    def _service(self, name: str, args: EdgeNginxArgs) -> None:
        exposure = args.way.settings
        # The pods prove that it works; only a load balancer has an address to wait for.
        wait: Mapping[str, str] = {} if exposure.mode is Reach.LOAD_BALANCER else SKIP_AWAIT
        Service(
            name,
            metadata=args.way.scope.meta("edge", NAME, annotations={**exposure.annotations, **wait}),
            spec=ServiceSpecArgs(
                type="LoadBalancer" if exposure.mode is Reach.LOAD_BALANCER else "NodePort",
                selector=args.way.scope.selector("edge"),
                ports=_service_ports(exposure),
                external_traffic_policy="Local" if _needs_addresses(exposure) else "Cluster",
                ip_family_policy="PreferDualStack",
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )


def stack_conf(way: WayIn) -> StackConf:
    """What nginx is told of the stack."""
    exposure = way.settings
    return StackConf(
        hosts=exposure.hosts,
        https_port=exposure.port if exposure.scheme == "https" else None,
        routes=way.routes,
        allow_from=exposure.allow_from,
        trusted_proxies=exposure.trusted_proxies,
    )


def _files(exposure: ExposureSettings) -> tuple[File, ...]:
    match exposure.tls:
        case DisabledTls():
            servers = "http.conf"
        case TerminatedUpstreamTls():
            servers = "terminated.conf"
        case _:
            servers = "https.conf"
    same = ("nginx.conf", "locations.conf", "admission.conf", "proxy.conf", "stack.conf", "start.sh")
    by_source = {name: name for name in same} | {servers: "servers.conf"}
    return tuple(File(f"edge/{source}", f"{FOLDER}/{name}") for source, name in by_source.items())


def _has_https(exposure: ExposureSettings) -> bool:
    return exposure.scheme == "https"


def _service_ports(exposure: ExposureSettings) -> list[ServicePortArgs]:
    ports = exposure.node_ports if exposure.mode is Reach.NODE_PORT else None
    http = ServicePortArgs(name="http", port=80, target_port=HTTP_PORT, node_port=ports and ports.http)
    https = ServicePortArgs(name="https", port=443, target_port=HTTPS_PORT, node_port=ports and ports.https)
    return [http, https] if _has_https(exposure) else [http]


def _needs_addresses(exposure: ExposureSettings) -> bool:
    """Whether only nodes with one of the pods take requests in: the others replace the client's address by their own.

    Load balancers find those nodes by themselves. With node ports clients name a node, so each should answer, unless an
    address decides who is let in or believed.
    """
    return exposure.mode is Reach.LOAD_BALANCER or bool(exposure.allow_from or exposure.trusted_proxies)
