"""`exposure.tls`: who ends TLS, and where the certificate comes from."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self, cast

from pydantic import Discriminator, Field, Tag, model_validator

from ..schema.pem import CertificatePem
from ..schema.section import Section
from ..schema.values import DnsSubdomain, Port
from ..schema.words import ConflictError, Matching


class SelfSignedTls(Section):
    """A private CA made for this stack signs a leaf for the hosts and one level below them."""

    mode: Literal["selfSigned"] = "selfSigned"
    """`selfSigned`: a private CA signs a leaf; `provided`: PEM from the stack file; `existing`: a Secret that
    exists; `certManager`: cert-manager issues it; `terminatedUpstream`: a load balancer in front, or a Gateway that
    exists, ends TLS with a certificate of its own; `disabled`: plain HTTP."""
    validity_days: Annotated[int, Field(ge=2, le=825, strict=True)] = 365
    """Days the leaf is valid; browsers accept 825 at most. It is renewed by the first `up` in its last tenth."""


class ProvidedTls(Section):
    """A certificate given as PEM; its key is the secret `tlsPrivateKey`."""

    mode: Literal["provided"]
    """`provided`: PEM from the stack file."""
    certificate: CertificatePem
    """PEM of the leaf, followed by its intermediates."""


class ExistingTls(Section):
    """A Secret of type kubernetes.io/tls that exists."""

    mode: Literal["existing"]
    """`existing`: a Secret that exists."""
    secret_name: DnsSubdomain = "forail-tls"
    """Name of the Secret, in the platform's namespace."""


CERT_MANAGER = "cert-manager.io"
"""API group of cert-manager and of its own issuers."""
CLUSTER_ISSUER = "ClusterIssuer"
ISSUERS = ("Issuer", CLUSTER_ISSUER)
"""The kinds of cert-manager's own issuers."""
IssuerKind = Annotated[str, Matching("the kind of an issuer: such as ClusterIssuer", pattern=r"[A-Z][A-Za-z0-9]{0,62}")]


class IssuerRef(Section):
    """What signs the certificate."""

    name: DnsSubdomain
    """Name of the issuer; an `Issuer` must be in the platform's namespace."""
    kind: IssuerKind = "Issuer"
    """`Issuer` or `ClusterIssuer`, or with another `group` a kind of that group."""
    group: DnsSubdomain = CERT_MANAGER
    """API group of the issuer; another one for issuers that are not cert-manager's own. Those are not read first."""

    @model_validator(mode="after")
    def _kind_of_group(self) -> Self:
        if self.group == CERT_MANAGER and self.kind not in ISSUERS:
            raise ConflictError(
                "kind", f"is none of {CERT_MANAGER}: give Issuer or ClusterIssuer, or the group that the kind is of"
            )
        return self


class CertManagerTls(Section):
    """A certificate that cert-manager issues for the hosts and renews. `up` waits until it is issued, for 10 minutes at
    most, and a preview needs the cluster: both read the issuer first."""

    mode: Literal["certManager"]
    """`certManager`: cert-manager issues it."""
    issuer_ref: IssuerRef
    """The issuer."""


class TerminatedUpstreamTls(Section):
    """HTTPS outside, plain HTTP inside: what ends TLS has a certificate of its own and says so in X-Forwarded-Proto."""

    mode: Literal["terminatedUpstream"]
    """`terminatedUpstream`: TLS ends in front."""
    port: Port = 443
    """Port of the HTTPS address that clients use."""


class DisabledTls(Section):
    """Plain HTTP: cookies lose their Secure flag. For test clusters."""

    mode: Literal["disabled"]
    """`disabled`: plain HTTP."""


def _mode(value: Any) -> str:
    if isinstance(value, Section):
        return str(getattr(value, "mode", "selfSigned"))
    return str(cast("dict[str, Any]", value).get("mode", "selfSigned")) if isinstance(value, dict) else "selfSigned"


Tls = Annotated[
    Annotated[SelfSignedTls, Tag("selfSigned")]
    | Annotated[ProvidedTls, Tag("provided")]
    | Annotated[ExistingTls, Tag("existing")]
    | Annotated[CertManagerTls, Tag("certManager")]
    | Annotated[TerminatedUpstreamTls, Tag("terminatedUpstream")]
    | Annotated[DisabledTls, Tag("disabled")],
    Discriminator(_mode),
]
