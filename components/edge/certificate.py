"""The certificate of the way in: signed by a private CA, given, in an existing Secret, issued, or none."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import pulumi
from pulumi_kubernetes.core.v1 import Secret
from pulumi_tls import (
    CertRequest,
    CertRequestSubjectArgs,
    LocallySignedCert,
    PrivateKey,
    SelfSignedCert,
    SelfSignedCertSubjectArgs,
)

from ..kube.metadata import Scope
from ..kube.secret import encoded
from ..settings.certificate import expires
from ..settings.exposure import ExposureSettings
from ..settings.rotation import RotationSettings, epoch_name
from ..settings.tls import (
    CertManagerTls,
    DisabledTls,
    ExistingTls,
    ProvidedTls,
    SelfSignedTls,
    TerminatedUpstreamTls,
)
from .cert_manager import IssuedCertificate, IssuedCertificateArgs

SECRET_NAME = "forail-tls"
# Clients that trusted the CA once need not be touched again for ten years.
CA_VALIDITY_HOURS = 10 * 365 * 24


@dataclass(frozen=True, kw_only=True)
class CertificateArgs:
    """What the certificate covers."""

    scope: Scope
    """Namespace and labels."""
    exposure: ExposureSettings
    """Hosts and TLS mode."""
    private_key: pulumi.Output[str] | None
    """PEM of the key of a provided certificate."""
    rotation: RotationSettings
    """`rotation`: epochs of the CA and of the certificate that it signs."""


class Certificate(pulumi.ComponentResource):
    """The certificate of the way in.

    Creates: keys, CA and leaf for `selfSigned`; the Secret `forail-tls` for `selfSigned` and `provided`;
    IssuedCertificate for `certManager`.
    Leaves an existing Secret to its owner.
    """

    secret_name: pulumi.Output[str] | None
    """Secret with the certificate; None where TLS is disabled or ends in front."""
    ca: pulumi.Output[str] | None
    """PEM of the private CA; None in the other modes."""

    def __init__(self, name: str, args: CertificateArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("forail:edge:Certificate", name, None, opts)
        self.ca = None
        self._args = args
        self._leaf_ends: pulumi.Output[str] | None = None
        match args.exposure.tls:
            case SelfSignedTls() as tls:
                self.secret_name = self._self_signed(name, tls, args)
            case ProvidedTls(certificate=certificate):
                assert args.private_key is not None, "settings refuse a provided certificate without its key"
                self.secret_name = self._secret(
                    name, args.scope, pulumi.Output.from_input(certificate), args.private_key
                )
            case ExistingTls(secret_name=existing):
                self.secret_name = pulumi.Output.from_input(existing)
            case CertManagerTls(issuer_ref=issuer_ref):
                issued = IssuedCertificateArgs(scope=args.scope, hosts=args.exposure.hosts, issuer_ref=issuer_ref)
                made = IssuedCertificate(name, issued, pulumi.ResourceOptions(parent=self))
                # A challenge may come through the Gateway of the stack's own, which must not wait for its end then.
                own = args.exposure.gateway is not None and args.exposure.gateway.class_name is not None
                self.secret_name = made.promised_name if own else made.secret_name
            case TerminatedUpstreamTls() | DisabledTls():
                self.secret_name = None
        self.register_outputs({"ca": self.ca})

    def ends(self) -> pulumi.Output[int] | None:
        """When the certificate expires, in seconds since the epoch; None where another than this program renews it."""
        if self._leaf_ends is not None:
            return self._leaf_ends.apply(lambda time: int(datetime.fromisoformat(time).timestamp()))
        tls, key = self._args.exposure.tls, self._args.private_key
        if not isinstance(tls, ProvidedTls) or key is None:
            return None
        # The date is in the certificate, which everyone may read, though the key is needed to get at it.
        return pulumi.Output.unsecret(key.apply(lambda text: expires(tls.certificate, text)))

    def _self_signed(self, name: str, tls: SelfSignedTls, args: CertificateArgs) -> pulumi.Output[str]:
        child = pulumi.ResourceOptions(parent=self)
        # Under a name of its own, since a key has nothing that could be changed to replace it.
        ca_epoch, leaf_epoch = args.rotation.tls_ca, args.rotation.tls_certificate
        ca_key = PrivateKey(epoch_name(f"{name}-ca-key", ca_epoch), algorithm="ECDSA", ecdsa_curve="P256", opts=child)
        ca = SelfSignedCert(
            epoch_name(f"{name}-ca", ca_epoch),
            private_key_pem=ca_key.private_key_pem,
            # Without the host, which may change: a CA of another name would have to be trusted again.
            subject=SelfSignedCertSubjectArgs(common_name="Forail private CA", organization=args.scope.namespace),
            is_ca_certificate=True,
            set_subject_key_id=True,
            allowed_uses=["cert_signing", "crl_signing"],
            validity_period_hours=CA_VALIDITY_HOURS,
            opts=child,
        )
        key = PrivateKey(epoch_name(f"{name}-tls-key", leaf_epoch), algorithm="ECDSA", ecdsa_curve="P256", opts=child)
        request = CertRequest(
            f"{name}-tls-request",
            private_key_pem=key.private_key_pem,
            subject=CertRequestSubjectArgs(common_name=args.exposure.host),
            dns_names=[covered for host in args.exposure.hosts for covered in (host, f"*.{host}")],
            opts=child,
        )
        hours = tls.validity_days * 24
        leaf = LocallySignedCert(
            f"{name}-tls-leaf",
            cert_request_pem=request.cert_request_pem,
            ca_private_key_pem=ca_key.private_key_pem,
            ca_cert_pem=ca.cert_pem,
            set_subject_key_id=True,
            allowed_uses=["digital_signature", "server_auth"],
            validity_period_hours=hours,
            # Within its last tenth the next `up` plans a new leaf.
            early_renewal_hours=hours // 10,
            opts=child,
        )
        self.ca, self._leaf_ends = ca.cert_pem, leaf.validity_end_time
        return self._secret(name, args.scope, leaf.cert_pem, key.private_key_pem, ca.cert_pem)

    def _secret(
        self,
        name: str,
        scope: Scope,
        certificate: pulumi.Output[str],
        key: pulumi.Output[str],
        ca: pulumi.Output[str] | None = None,
    ) -> pulumi.Output[str]:
        data = {
            "tls.crt": certificate.apply(encoded),
            "tls.key": pulumi.Output.secret(key).apply(encoded),
            **({"ca.crt": ca.apply(encoded)} if ca is not None else {}),
        }
        secret = Secret(
            f"{name}-tls",
            metadata=scope.meta("ingress", SECRET_NAME),
            type="kubernetes.io/tls",
            data=data,
            opts=pulumi.ResourceOptions(parent=self),
        )
        return secret.metadata.name
