"""OPA: where the backend asks for policy decisions."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from ..from_settings import pod_options
from ..kube.container import Container, ImageRef, Probe, Probes, Security
from ..kube.metadata import Scope
from ..kube.pod import Pod
from ..kube.workload import Workload, WorkloadArgs
from ..settings.forail import PlatformLogLevel
from ..settings.opa import OpaSettings
from . import log_level

NAME = "forail-opa"
PORT = 8181
# The rootless image's user.
USER = 1000


@dataclass(frozen=True, kw_only=True)
class OpaArgs:
    """What OPA is made from."""

    scope: Scope
    """Namespace and labels."""
    settings: OpaSettings
    """`opa`."""
    image: ImageRef
    """OPA image."""
    log_level: PlatformLogLevel | None = None
    """`forail.logLevel`."""


class Opa(pulumi.ComponentResource):
    """OPA, empty: the backend puts each policy there when it is saved, and never again (docs/failures.md).

    Creates: Deployment and Service `forail-opa`.
    """

    applied: pulumi.Output[str]
    """Changes with what its pods run."""

    def __init__(self, name: str, args: OpaArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("forail:application:Opa", name, None, opts)
        container = Container(
            name="opa",
            image=args.image,
            args=("run", "--server", f"--addr=:{PORT}", f"--log-level={log_level.opa(args.log_level)}"),
            ports={"http": PORT},
            probes=Probes.same(Probe(path="/health", port=PORT)),
            security=Security(user=USER, group=USER, read_only_root=True),
        )
        workload = Workload(
            name,
            WorkloadArgs(
                scope=args.scope,
                object_name=NAME,
                pod=Pod(component="opa", containers=(container,), options=pod_options(args.settings)),
                service_ports={"http": PORT},
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.applied = workload.applied
        self.register_outputs({"address": workload.address})
