"""The stack's own edge, for clusters without a controller: a small nginx behind a Service."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from .way_in import WayIn


@dataclass(frozen=True, kw_only=True)
class EdgeNginxArgs:
    """What the edge serves."""

    way: WayIn
    """Namespace, settings, paths and certificate."""


class EdgeNginx(pulumi.ComponentResource):
    """nginx that ends TLS and leads the platform's paths to their Services.

    Creates: configuration, Deployment and Service `forail-edge`.
    """

    def __init__(self, name: str, args: EdgeNginxArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("forail:edge:EdgeNginx", name, None, opts)
        self.register_outputs({"host": args.way.settings.host})
