"""frontend: the single-page application."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi

from ..from_settings import pod_options
from ..kube.container import Container, ImageRef, Probe, Probes, Security
from ..kube.metadata import Scope
from ..kube.pod import Pod
from ..kube.workload import Workload, WorkloadArgs
from ..settings.frontend import FrontendSettings

NAME = "forail-frontend"
PORT = 80


@dataclass(frozen=True, kw_only=True)
class FrontendArgs:
    """What the frontend is made from."""

    scope: Scope
    """Namespace and labels."""
    settings: FrontendSettings
    """`frontend`."""
    image: ImageRef
    """Frontend image."""
    service_annotations: Mapping[str, str] = field(default_factory=dict[str, str])
    """Annotations of the Service, for what leads to it from outside."""


class Frontend(pulumi.ComponentResource):
    """nginx with the single-page application.

    Creates: Deployment and Service `forail-frontend`.
    """

    address: pulumi.Output[str]
    """Name of the Service, known once it answers."""
    applied: pulumi.Output[str]
    """Changes with what its pods run."""

    def __init__(self, name: str, args: FrontendArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("forail:application:Frontend", name, None, opts)
        container = Container(
            name="frontend",
            image=args.image,
            ports={"http": PORT},
            probes=Probes.same(Probe(path="/health", port=PORT)),
            # nginx binds port 80 and hands its cache folders and workers to its own user.
            security=Security(capabilities=("CHOWN", "NET_BIND_SERVICE", "SETGID", "SETUID")),
        )
        workload = Workload(
            name,
            WorkloadArgs(
                scope=args.scope,
                object_name=NAME,
                replicas=args.settings.replicas,
                pod=Pod(
                    component="frontend",
                    containers=(container,),
                    options=pod_options(args.settings),
                    spread=True,
                ),
                service_ports={"http": PORT},
                service_annotations=args.service_annotations,
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.address, self.applied = workload.address, workload.applied
        self.register_outputs({"address": self.address})
