"""Checks a certificate and its key by a TLS handshake in memory: what OpenSSL refuses here, browsers would refuse."""

from __future__ import annotations

import os
import ssl
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ..schema.pem import blocks

_CERTIFICATE = "exposure.tls.certificate"
_KEY = "tlsPrivateKey"
# X509_V_FLAG_NO_CHECK_TIME: the dates are read and compared here, so that the message can name them.
_IGNORE_TIME = 0x200000


def problems(certificate: str, key: str, hosts: Sequence[str], now: float | None = None) -> list[tuple[str, str]]:
    """Pairs of YAML path and message for what keeps `certificate` (PEM, leaf first) and `key` from serving `hosts`.

    `now` is in seconds since the epoch; left out, the clock's.
    """
    with TemporaryDirectory() as folder:
        try:
            server = _server(Path(folder), certificate, key)
        except ssl.SSLError as error:
            return [_unusable(error)]
    leaf = blocks(certificate)[0]
    try:
        found = _handshake(server, leaf, None)
    except ssl.SSLError as error:
        return [(_CERTIFICATE, f"is refused by OpenSSL: {_reason(error)}")]
    return [*_dates(found, time.time() if now is None else now), *_hosts(server, leaf, found, hosts)]


def expires(certificate: str, key: str) -> int:
    """When `certificate`, which `problems` accepts with its `key`, expires: in seconds since the epoch."""
    with TemporaryDirectory() as folder:
        server = _server(Path(folder), certificate, key)
    return int(ssl.cert_time_to_seconds(_handshake(server, blocks(certificate)[0], None)["notAfter"]))


def _server(folder: Path, certificate: str, key: str) -> ssl.SSLContext:
    """OpenSSL reads keys from files only: they exist for these lines, readable only by this user."""
    for name, text in (("tls.crt", certificate), ("tls.key", key)):
        with os.fdopen(os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    # A password, even a wrong one, keeps OpenSSL from asking for one on the terminal.
    context.load_cert_chain(folder / "tls.crt", folder / "tls.key", password="none")
    return context


def _unusable(error: ssl.SSLError) -> tuple[str, str]:
    reason = error.reason or ""
    # OpenSSL keeps one slot for each kind of key: a key of another kind finds no certificate in its slot.
    if reason in ("KEY_VALUES_MISMATCH", "KEY_TYPE_MISMATCH", "NO_CERTIFICATE_ASSIGNED"):
        return _KEY, f"does not belong to the first certificate of {_CERTIFICATE}: give the pair, with the leaf first"
    if reason.endswith("_TOO_SMALL") or reason.endswith("_TOO_WEAK"):
        return _CERTIFICATE, f"is refused by OpenSSL: {_reason(error)}"
    return _KEY, "cannot be read as an unencrypted PEM private key: give the whole file, decrypted"


def _handshake(server: ssl.SSLContext, leaf: str, host: str | None) -> dict[str, Any]:
    """The leaf's fields after a handshake that trusts the leaf itself; raises SSLError for what is refused."""
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN | ssl.VerifyFlags(_IGNORE_TIME)
    client.check_hostname = host is not None
    client.hostname_checks_common_name = False
    client.load_verify_locations(cadata=leaf)
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [
        client.wrap_bio(to_client, to_server, server_hostname=host),
        server.wrap_bio(to_server, to_client, server_side=True),
    ]
    while ends:
        for end in list(ends):
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
            ends.remove(end)
            if not end.server_side:
                return dict(end.getpeercert() or {})
    return {}


def _dates(found: dict[str, Any], now: float) -> list[tuple[str, str]]:
    if now >= ssl.cert_time_to_seconds(found["notAfter"]):
        return [(_CERTIFICATE, f"has expired on {found['notAfter']}: give a current one")]
    if now < ssl.cert_time_to_seconds(found["notBefore"]):
        return [(_CERTIFICATE, f"is not valid before {found['notBefore']}: wait, or check this machine's clock")]
    return []


def _hosts(server: ssl.SSLContext, leaf: str, found: dict[str, Any], hosts: Sequence[str]) -> list[tuple[str, str]]:
    names = [name for kind, name in found.get("subjectAltName", ()) if kind == "DNS"]
    covers = f"covers {', '.join(names)}" if names else "has no DNS name among its subject alternative names"
    missing: list[str] = []
    for host in hosts:
        try:
            _handshake(server, leaf, host)
        except ssl.SSLCertVerificationError:
            missing.append(host)
    if not missing:
        return []
    return [(_CERTIFICATE, f"{covers}, not {', '.join(missing)}: give a certificate for every host of exposure")]


def _reason(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    return (error.reason or "unknown").lower().replace("_", " ")
