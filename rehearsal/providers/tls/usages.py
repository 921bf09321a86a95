"""Key usages of certificates, by the names of the `tls` package."""

from __future__ import annotations

from collections.abc import Iterable

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

# The name of the `tls` package and the field of x509.KeyUsage.
_KEY_USAGES = {
    "digital_signature": "digital_signature",
    "key_encipherment": "key_encipherment",
    "cert_signing": "key_cert_sign",
    "crl_signing": "crl_sign",
}
_OFF = ("content_commitment", "data_encipherment", "key_agreement", "encipher_only", "decipher_only")
_SERVER = "server_auth"

USAGES = frozenset({*_KEY_USAGES, _SERVER})


def key_usage(uses: Iterable[str]) -> x509.KeyUsage | None:
    """The KeyUsage extension, None when no plain key usage is allowed."""
    wanted = {_KEY_USAGES[use] for use in uses if use in _KEY_USAGES}
    flags = {field: field in wanted for field in _KEY_USAGES.values()}
    return x509.KeyUsage(**flags, **dict.fromkeys(_OFF, False)) if wanted else None


def extended_key_usage(uses: Iterable[str]) -> x509.ExtendedKeyUsage | None:
    """The ExtendedKeyUsage extension, None when no extended usage is allowed."""
    return x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]) if _SERVER in uses else None
