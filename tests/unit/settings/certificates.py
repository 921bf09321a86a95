"""Certificates and keys made for the tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes
from cryptography.x509.oid import NameOID


def make_certificate(
    *hosts: str,
    key: CertificateIssuerPrivateKeyTypes | None = None,
    starts: timedelta = timedelta(days=-1),
    ends: timedelta = timedelta(days=30),
) -> tuple[str, str]:
    """A self-signed certificate for `hosts` (its CN is the first) and its key, both PEM."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    now = datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, hosts[0] if hosts else "forail.lan")])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + starts)
        .not_valid_after(now + ends)
    )
    if hosts:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts]), False)
    digest = None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    certificate = builder.sign(key, digest)
    return certificate.public_bytes(serialization.Encoding.PEM).decode(), key_pem(key)


def key_pem(key: CertificateIssuerPrivateKeyTypes, password: str | None = None) -> str:
    """The key as PKCS #8, or encrypted in OpenSSL's own form."""
    if password is None:
        form, encryption = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    else:
        form = serialization.PrivateFormat.TraditionalOpenSSL
        encryption = serialization.BestAvailableEncryption(password.encode())
    return key.private_bytes(serialization.Encoding.PEM, form, encryption).decode()
