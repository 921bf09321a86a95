"""`exposure.via`, `mode` and `ports`: what leads requests to the platform, and how clients reach that."""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from pydantic import model_validator

from ..schema.section import Section
from ..schema.values import Port
from ..schema.words import ConflictError


class Via(StrEnum):
    """What leads requests to the platform's Services."""

    INGRESS = "ingress"
    GATEWAY = "gateway"
    SERVICE = "service"
    NONE = "none"


class Reach(StrEnum):
    """How clients reach the Ingress controller, the Gateway or the edge."""

    NODE_PORT = "nodePort"
    LOAD_BALANCER = "loadBalancer"
    HOST_NETWORK = "hostNetwork"


class NodePorts(Section):
    """Ports that a NodePort Service opens on every node."""

    http: Port = 30080
    """Port for plain HTTP."""
    https: Port = 30443
    """Port for HTTPS."""

    @model_validator(mode="after")
    def _two_ports(self) -> Self:
        if self.http == self.https:
            raise ConflictError("https", "is the same port as ports.http: give each its own")
        return self
