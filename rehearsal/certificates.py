"""Keys and certificates of one rehearsal's control plane: a private authority and one identity per component."""

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_LIFETIME = timedelta(days=3650)
"""Longer than any rehearsal lives; `down` removes the keys."""
_CLOCK_SKEW = timedelta(hours=1)


@dataclass(frozen=True)
class KeyPair:
    """Two PEM files: a certificate and its private key."""

    certificate: Path
    key: Path


@dataclass(frozen=True)
class Certificates:
    """All files of the control plane's public key infrastructure.

    Args:
        authority: the certificate authority's certificate, the only one trusted.
        serving: what every component shows to its clients (127.0.0.1, in-cluster names), and what etcd's clients show.
        admin: member of `system:masters`.
        controller_manager, scheduler: the users that the built-in roles name.
        service_account_key: signs service account tokens.
        service_account_public: checks them.
    """

    authority: Path
    serving: KeyPair
    admin: KeyPair
    controller_manager: KeyPair
    scheduler: KeyPair
    service_account_key: Path
    service_account_public: Path


def ensure(folder: Path) -> Certificates:
    """The certificates in `folder`, made when they are absent or incomplete."""
    pairs = {name: KeyPair(folder / f"{name}.crt", folder / f"{name}.key") for name in ("serving", *_CLIENTS)}
    certificates = Certificates(
        authority=folder / "ca.crt",
        serving=pairs["serving"],
        admin=pairs["admin"],
        controller_manager=pairs["controller-manager"],
        scheduler=pairs["scheduler"],
        service_account_key=folder / "service-accounts.key",
        service_account_public=folder / "service-accounts.pub",
    )
    finished = folder / "complete"
    if not finished.exists():
        folder.mkdir(parents=True, exist_ok=True)
        _make(certificates, pairs)
        finished.touch()
    return certificates


_CLIENTS = {
    "admin": ("rehearsal-admin", "system:masters"),
    "controller-manager": ("system:kube-controller-manager", ""),
    "scheduler": ("system:kube-scheduler", ""),
}


def _make(certificates: Certificates, pairs: dict[str, KeyPair]) -> None:
    authority_key = ec.generate_private_key(ec.SECP256R1())
    authority_name = _name("forail rehearsal", "")
    authority = _sign(authority_name, authority_key, authority_name, authority_key, authority=True)
    certificates.authority.write_bytes(authority.public_bytes(serialization.Encoding.PEM))
    for name, pair in pairs.items():
        key = ec.generate_private_key(ec.SECP256R1())
        subject = _name(*_CLIENTS.get(name, ("rehearsal-serving", "")))
        signed = _sign(subject, key, authority_name, authority_key, serving=name == "serving")
        pair.certificate.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
        _write_key(pair.key, key)
    signer = ec.generate_private_key(ec.SECP256R1())
    _write_key(certificates.service_account_key, signer)
    certificates.service_account_public.write_bytes(
        signer.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )


def _name(common_name: str, organization: str) -> x509.Name:
    parts = [x509.NameAttribute(NameOID.COMMON_NAME, common_name)]
    if organization:
        parts.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization))
    return x509.Name(parts)


def _sign(
    subject: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    issuer: x509.Name,
    issuer_key: ec.EllipticCurvePrivateKey,
    *,
    authority: bool = False,
    serving: bool = False,
) -> x509.Certificate:
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCK_SKEW)
        .not_valid_after(now + _LIFETIME)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
    )
    if not authority:
        # etcd dials itself with its serving certificate, so that one carries both usages.
        usages = [ExtendedKeyUsageOID.CLIENT_AUTH, *([ExtendedKeyUsageOID.SERVER_AUTH] if serving else [])]
        builder = builder.add_extension(x509.ExtendedKeyUsage(usages), critical=False)
    if serving:
        builder = builder.add_extension(_serving_names(), critical=False)
    return builder.sign(issuer_key, hashes.SHA256())


def _serving_names() -> x509.SubjectAlternativeName:
    names = ["localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc"]
    return x509.SubjectAlternativeName(
        [*(x509.DNSName(name) for name in names), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    )


def _write_key(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    path.touch(mode=0o600)
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
