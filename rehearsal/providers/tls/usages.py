"""Key usages of certificates, by the names of the `tls` package."""

from __future__ import annotations

from collections.abc import Iterable

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, ObjectIdentifier

# The name of the `tls` package and the field of x509.KeyUsage.
_KEY_USAGES = {
    "digital_signature": "digital_signature",
    "content_commitment": "content_commitment",
    "key_encipherment": "key_encipherment",
    "data_encipherment": "data_encipherment",
    "key_agreement": "key_agreement",
    "cert_signing": "key_cert_sign",
    "crl_signing": "crl_sign",
    "encipher_only": "encipher_only",
    "decipher_only": "decipher_only",
}
_EXTENDED_KEY_USAGES = {
    "any_extended": ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,
    "server_auth": ExtendedKeyUsageOID.SERVER_AUTH,
    "client_auth": ExtendedKeyUsageOID.CLIENT_AUTH,
    "code_signing": ExtendedKeyUsageOID.CODE_SIGNING,
    "email_protection": ExtendedKeyUsageOID.EMAIL_PROTECTION,
    "ipsec_end_system": ObjectIdentifier("1.3.6.1.5.5.7.3.5"),
    "ipsec_tunnel": ObjectIdentifier("1.3.6.1.5.5.7.3.6"),
    "ipsec_user": ObjectIdentifier("1.3.6.1.5.5.7.3.7"),
    "timestamping": ExtendedKeyUsageOID.TIME_STAMPING,
    "ocsp_signing": ExtendedKeyUsageOID.OCSP_SIGNING,
    "microsoft_server_gated_crypto": ObjectIdentifier("1.3.6.1.4.1.311.10.3.3"),
    "netscape_server_gated_crypto": ObjectIdentifier("2.16.840.1.113730.4.1"),
    "microsoft_commercial_code_signing": ObjectIdentifier("1.3.6.1.4.1.311.2.1.22"),
    "microsoft_kernel_code_signing": ObjectIdentifier("1.3.6.1.4.1.311.61.1.1"),
}

USAGES = frozenset(_KEY_USAGES) | frozenset(_EXTENDED_KEY_USAGES)


def key_usage(uses: Iterable[str]) -> x509.KeyUsage | None:
    """The KeyUsage extension, None when no plain key usage is allowed."""
    wanted = {_KEY_USAGES[use] for use in uses if use in _KEY_USAGES}
    if not wanted:
        return None
    # The two "only" flags mean nothing without key agreement, and the extension cannot say them.
    agreement = "key_agreement" in wanted
    flags = {field: field in wanted for field in _KEY_USAGES.values()}
    flags["encipher_only"] = flags["encipher_only"] and agreement
    flags["decipher_only"] = flags["decipher_only"] and agreement
    return x509.KeyUsage(**flags)


def extended_key_usage(uses: Iterable[str]) -> x509.ExtendedKeyUsage | None:
    """The ExtendedKeyUsage extension, None when no extended usage is allowed."""
    wanted = [_EXTENDED_KEY_USAGES[use] for use in uses if use in _EXTENDED_KEY_USAGES]
    return x509.ExtendedKeyUsage(wanted) if wanted else None
