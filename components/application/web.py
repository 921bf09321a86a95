"""web: the API and websockets, uwsgi and daphne behind nginx."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from ..data.claims import SharedClaim, same_node
from ..from_settings import pod_options
from ..kube.container import Container, Probe, Probes, Security
from ..kube.environment import Env, texts
from ..kube.files import File, FileSet
from ..kube.pod import Pod
from ..kube.workload import Rollout, Workload, WorkloadArgs
from ..settings.exposure import ExposureSettings
from ..settings.task import Nodes
from ..settings.web import WebSettings
from .backend import Backend, node_env
from .gke import web_annotations

NAME = "forail-web"
HTTP_PORT, WEBSOCKET_PORT = 8013, 8015
METRICS_PORT, METRICS_PATH = 8014, "/api/v2/metrics/"
METRICS = File("nginx/metrics.conf", "/etc/nginx/metrics.conf")
REAL_IP = File("nginx/real_ip.conf", "/etc/nginx/real_ip.conf")


@dataclass(frozen=True, kw_only=True)
class WebArgs:
    """What the web pods are made from."""

    backend: Backend
    """Image, connections, credentials, settings."""
    settings: WebSettings
    """`web`."""
    telemetry: tuple[Env, ...]
    """What it reports and where to."""
    projects: SharedClaim
    """Project repositories."""
    backups: SharedClaim
    """Where backup.sh writes."""
    backup_files: FileSet
    """backup.sh and restore.sh."""
    backup_env: tuple[Env, ...]
    """What they read beside the database and the key."""
    metrics: bool
    """Whether Prometheus asks."""
    after: pulumi.Resource
    """The init Job."""
    annotations: Mapping[str, pulumi.Input[str]]
    """Annotations of the Deployment."""


class Web(pulumi.ComponentResource):
    """The web pods: the API and its websockets.

    Creates: configuration, Deployment and Service `forail-web`.
    """

    address: pulumi.Output[str]
    """Name of the Service, known once the API answers."""
    applied: pulumi.Output[str]
    """Changes with what its pods run."""

    def __init__(self, name: str, args: WebArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("forail:application:Web", name, None, opts)
        files = FileSet(
            name,
            (
                File("nginx/nginx.conf", "/etc/nginx/nginx.conf"),
                File("probes/web.sh", "/etc/forail/probes/web.sh"),
                *((REAL_IP,) if args.backend.exposure.trusted_proxies else ()),
                *((METRICS,) if args.metrics else ()),
            ),
            args.backend.scope,
            "web",
            parent=self,
            executable=True,
            content={REAL_IP.key: real_ip(args.backend.exposure.trusted_proxies)},
        )
        ports = {"http": HTTP_PORT, "websocket": WEBSOCKET_PORT, **({"metrics": METRICS_PORT} if args.metrics else {})}
        pinned = same_node(args.projects, args.backups)
        workload = Workload(
            name,
            WorkloadArgs(
                scope=args.backend.scope,
                object_name=NAME,
                replicas=args.settings.replicas,
                pod=Pod(
                    component="web",
                    containers=(self._container(args, files, ports),),
                    options=pod_options(args.settings),
                    same_node=pinned,
                    spread=True,
                ),
                service_ports=ports,
                service_annotations=web_annotations(args.backend.exposure),
                # A claim for one node must be free before the next pod can mount it.
                rollout=Rollout.RECREATE if pinned else Rollout.ROLLING,
                ready_within="15m",
                # No value flows from the init Job, and an API on a half-migrated database answers redirects.
                after=(args.after,),
                annotations=args.annotations,
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.address, self.applied = workload.address, workload.applied
        self.register_outputs({"address": self.address})

    def _container(self, args: WebArgs, files: FileSet, ports: Mapping[str, int]) -> Container:
        return Container(
            name="web",
            image=args.backend.image,
            command=("launch_awx_web.sh",),
            env=self._env(args),
            ports=ports,
            mounts=(
                *args.backend.mounts,
                *files.mounts,
                *args.backup_files.mounts,
                args.projects.mount,
                args.backups.mount,
            ),
            # uwsgi needs 10 to 20 seconds; with little CPU some minutes.
            probes=Probes.of(_probe("ready"), _probe("live"), startup_failures=300),
            # nginx starts as root and hands its folders and workers to nobody.
            security=Security(capabilities=("CHOWN", "NET_BIND_SERVICE", "SETGID", "SETUID")),
        )

    def _env(self, args: WebArgs) -> tuple[Env, ...]:
        own = (
            # Sends work to a task node that is ready, instead of to a queue of the web pod's own name.
            *texts(AWX_COMPONENT="web"),
            node_env(args.backend.nodes),
            # With several node names the websocket relay would repeat what the shared Redis already delivers;
            # without an address to connect to it stays idle.
            *((Env("MY_POD_IP", field="status.podIP"),) if args.backend.nodes is Nodes.ONE else ()),
            *args.telemetry,
            *args.backup_env,
        )
        return args.backend.env_with(own)


def allowed_hosts(exposure: ExposureSettings, namespace: str) -> tuple[str, ...]:
    """The Host headers that the API answers: public hosts and the Service's DNS names. Loopback is always added."""
    service = (NAME, f"{NAME}.{namespace}", f"{NAME}.{namespace}.svc", f"{NAME}.{namespace}.svc.cluster.local")
    return (*exposure.hosts, *service)


def real_ip(proxies: Sequence[str]) -> str:
    """nginx's directives that take the client's address from X-Forwarded-For: the last one that none of `proxies` is.

    Not Django's own settings: they take the first one, which a client can make up, or know single addresses only.
    """
    lines = ("real_ip_header X-Forwarded-For;", "real_ip_recursive on;", *(f"set_real_ip_from {it};" for it in proxies))
    return "".join(f"{line}\n" for line in lines)


def _probe(question: str) -> Probe:
    return Probe(command=("bash", "/etc/forail/probes/web.sh", question), timeout=8)
