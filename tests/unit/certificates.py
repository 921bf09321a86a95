"""A certificate and its key, for stacks that are given one, and a private CA."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@functools.cache
def certificate(*hosts: str) -> tuple[str, str]:
    """A self-signed certificate for `hosts` and its key, both PEM; the same for the same hosts in one run."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, hosts[0])])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return signed.public_bytes(serialization.Encoding.PEM).decode(), private.decode()


@dataclass(frozen=True)
class Authority:
    """A private CA; the same name is the same one in a run."""

    name: str
    days: int = 30
    """Days that it is still valid; negative where it has expired."""

    @property
    def pem(self) -> str:
        """Its certificate."""
        return _authority(self)[1].public_bytes(serialization.Encoding.PEM).decode()

    @property
    def expires(self) -> float:
        """When it ends, in seconds since the epoch."""
        return _authority(self)[1].not_valid_after_utc.timestamp()

    def issue(self, *hosts: str) -> tuple[str, str]:
        """A server's certificate that it signed and the key, both PEM."""
        key, own = _authority(self)
        server = ec.generate_private_key(ec.SECP256R1())
        names = x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts])
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, hosts[0])])
        made = _built(subject, own.subject, server.public_key(), 30).add_extension(names, critical=False)
        private = server.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode(), private.decode()


@functools.cache
def _authority(authority: Authority) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, authority.name)])
    basic = x509.BasicConstraints(ca=True, path_length=0)
    made = _built(name, name, key.public_key(), authority.days).add_extension(basic, critical=True)
    return key, made.sign(key, hashes.SHA256())


def _built(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, days: int) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=60))
        .not_valid_after(now + timedelta(days=days))
    )
