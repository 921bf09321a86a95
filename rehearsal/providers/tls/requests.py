"""Certificate signing requests, and the subjects and names that certificates share with them."""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Mapping, Sequence
from typing import cast

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID, ObjectIdentifier

from rehearsal.providers import wire
from rehearsal.providers.generated import NOT_SERVED, GeneratedKind
from rehearsal.providers.tls.keys import ALGORITHM, load_key
from rehearsal.providers.wire import Properties

_ATTRIBUTES: Mapping[str, ObjectIdentifier] = {
    "organization": NameOID.ORGANIZATION_NAME,
    "commonName": NameOID.COMMON_NAME,
}


class CertRequest(GeneratedKind):
    """A PKCS#10 request signed with the subject's own key."""

    inputs = frozenset({"privateKeyPem", "subject", "dnsNames", "ipAddresses"})
    computed = ("certRequestPem", "keyAlgorithm")

    def check(self, inputs: Properties) -> Sequence[tuple[str, str]]:
        return key_failures(inputs, "privateKeyPem") + name_failures(inputs)

    def create(self, inputs: Properties) -> tuple[str, Properties]:
        key = load_key(inputs, "privateKeyPem")
        builder = x509.CertificateSigningRequestBuilder().subject_name(subject_of(inputs))
        names = alternative_names(inputs)
        if names is not None:
            builder = builder.add_extension(names, critical=False)
        pem = builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
        return hashlib.sha1(pem, usedforsecurity=False).hexdigest(), {
            "certRequestPem": pem.decode(),
            "keyAlgorithm": ALGORITHM,
        }


def key_failures(inputs: Properties, name: str) -> list[tuple[str, str]]:
    """Refuse a missing key."""
    return [] if inputs.get(name) is not None else [(name, "is missing: give a private key in PEM form")]


def name_failures(inputs: Properties) -> list[tuple[str, str]]:
    """Refuse texts in `ipAddresses` that are not addresses, and further attributes of a subject."""
    addresses: object = inputs.get("ipAddresses")
    listed = cast("list[str | wire.Unknown]", addresses) if isinstance(addresses, list) else []
    subject: Properties = inputs.get("subject") or {}
    failures = [(f"subject.{key}", NOT_SERVED) for key in subject.keys() - _ATTRIBUTES.keys()]
    for index, address in enumerate(listed):
        if isinstance(address, wire.Unknown):
            continue
        try:
            ipaddress.ip_address(address)
        except ValueError:
            failures.append((f"ipAddresses[{index}]", f"{address!r} is not an IP address"))
    return failures


def subject_of(inputs: Properties) -> x509.Name:
    """The distinguished name in `subject`; empty when there is none."""
    subject: Properties = inputs.get("subject") or {}
    return x509.Name([x509.NameAttribute(oid, subject[key]) for key, oid in _ATTRIBUTES.items() if subject.get(key)])


def alternative_names(inputs: Properties) -> x509.SubjectAlternativeName | None:
    """The subject alternative names in `dnsNames` and `ipAddresses`, None when there are none."""
    names: list[x509.GeneralName] = [x509.DNSName(name) for name in _texts(inputs, "dnsNames")]
    names += [x509.IPAddress(ipaddress.ip_address(address)) for address in _texts(inputs, "ipAddresses")]
    return x509.SubjectAlternativeName(names) if names else None


def _texts(inputs: Properties, name: str) -> list[str]:
    return inputs.get(name) or []
