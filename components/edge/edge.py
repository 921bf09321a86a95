"""How the platform is reached, as one group."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from ..kube.container import ImageRef
from ..kube.metadata import Scope
from ..settings.assistant import AssistantIngressSettings
from ..settings.exposure import ExposureSettings
from ..settings.rotation import RotationSettings
from .certificate import Certificate, CertificateArgs
from .exposure import Exposure, ExposureArgs


@dataclass(frozen=True, kw_only=True)
class EdgeArgs:
    """What is reached from outside."""

    scope: Scope
    """Namespace and labels."""
    exposure: ExposureSettings
    """`exposure`."""
    private_key: pulumi.Output[str] | None
    """PEM of the key of a provided certificate."""
    rotation: RotationSettings
    """`rotation`."""
    edge_image: ImageRef
    """nginx of `exposure.via: service`."""
    web: pulumi.Input[str]
    """Service of the API, known once it answers."""
    frontend: pulumi.Input[str]
    """Service of the single-page application, known once it answers."""
    assistant: pulumi.Input[str] | None
    """Service of the assistant, known once it answers; None where it is off."""
    assistant_ingress: AssistantIngressSettings | None
    """`assistant.ingress`; None keeps the assistant inside the cluster."""


class Edge(pulumi.ComponentResource):
    """How the platform is reached.

    Creates: Certificate, Exposure.
    """

    ca: pulumi.Output[str] | None
    """PEM of the private CA; None unless TLS is self-signed."""
    certificate: Certificate
    """Its certificate."""

    def __init__(self, name: str, args: EdgeArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("forail:edge:Edge", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        certificate = Certificate(
            name,
            CertificateArgs(
                scope=args.scope, exposure=args.exposure, private_key=args.private_key, rotation=args.rotation
            ),
            child,
        )
        Exposure(
            name,
            ExposureArgs(
                scope=args.scope,
                settings=args.exposure,
                edge_image=args.edge_image,
                web=args.web,
                frontend=args.frontend,
                assistant=args.assistant,
                assistant_ingress=args.assistant_ingress,
                tls_secret=certificate.secret_name,
            ),
            child,
        )
        self.ca, self.certificate = certificate.ca, certificate
        self.register_outputs({"ca": self.ca})
