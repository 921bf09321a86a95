"""Certificates as PEM text: one type for every field that takes them."""

from __future__ import annotations

import re
import ssl
from typing import Annotated

from pydantic import AfterValidator

from .words import Words

_BLOCK = re.compile(r"-----BEGIN ([A-Z0-9 ]{1,40})-----[^-]*-----END \1-----")


def blocks(text: str) -> tuple[str, ...]:
    """The PEM blocks in `text`, in order."""
    return tuple(match.group(0) + "\n" for match in _BLOCK.finditer(text))


def _certificates(text: str) -> str:
    if "PRIVATE KEY-----" in text:
        raise ValueError(
            "holds a private key in clear: take it out of the file and its history, make a new key, "
            "and give that one with pulumi config set --secret"
        )
    # A ConfigMap or Secret that holds only this certificate, as the API server limits it.
    if len(text.encode()) > 1024 * 1024:
        raise ValueError("is larger than the 1 MiB that a ConfigMap or Secret can hold: give only the needed blocks")
    found = blocks(text)
    others = any(not block.startswith("-----BEGIN CERTIFICATE-----") for block in found)
    # OpenSSL stops at a block without an end, libpq too.
    if not found or others or text.count("-----BEGIN ") != len(found) or not text.isascii():
        raise ValueError("must be PEM: blocks from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----, no others")
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata="".join(found))
    except (ssl.SSLError, ValueError):
        raise ValueError("is PEM that does not decode to certificates: paste the file again, whole") from None
    return text


CertificatePem = Annotated[
    str,
    AfterValidator(_certificates),
    Words(
        "certificates as PEM: one certificate after the other",
        form=r"(?![\s\S]*PRIVATE KEY-----)[\s\S]*-----BEGIN CERTIFICATE-----[\s\S]+-----END CERTIFICATE-----[\s\S]*",
    ),
]
