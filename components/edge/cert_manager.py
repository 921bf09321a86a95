"""A certificate that cert-manager issues for the public hosts and renews."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.apiextensions import CustomResource

from ..kube.metadata import Scope
from ..settings.tls import IssuerRef

SECRET_NAME = "forail-tls-issued"
"""Secret that cert-manager writes; another name than the one that the stack itself makes."""


@dataclass(frozen=True, kw_only=True)
class IssuedCertificateArgs:
    """What is issued."""

    scope: Scope
    """Namespace and labels."""
    hosts: tuple[str, ...]
    """Public host names, the main one first."""
    issuer_ref: IssuerRef
    """`exposure.tls.issuerRef`."""


class IssuedCertificate(pulumi.ComponentResource):
    """cert-manager's Certificate for the hosts.

    Creates: Certificate `forail`.
    Leaves the Secret `forail-tls-issued` to cert-manager.
    """

    secret_name: pulumi.Output[str]
    """Secret with certificate and key."""

    def __init__(self, name: str, args: IssuedCertificateArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("forail:edge:IssuedCertificate", name, None, opts)
        certificate = CustomResource(
            f"{name}-tls",
            api_version="cert-manager.io/v1",
            kind="Certificate",
            metadata=args.scope.meta("ingress", "forail"),
            spec={
                "secretName": SECRET_NAME,
                "dnsNames": list(args.hosts),
                "issuerRef": args.issuer_ref.model_dump(mode="json", by_alias=True),
            },
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.secret_name = certificate.id.apply(lambda _: SECRET_NAME)
        self.register_outputs({})
