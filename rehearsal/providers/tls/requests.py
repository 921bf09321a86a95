"""Certificate signing requests, and the subjects and names that certificates share with them."""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Sequence
from typing import cast

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import NameOID, ObjectIdentifier

from rehearsal.providers import wire
from rehearsal.providers.generated import GeneratedKind
from rehearsal.providers.tls.keys import algorithm_of, load_key, signature_hash
from rehearsal.providers.wire import Properties

_ATTRIBUTES: tuple[tuple[str, ObjectIdentifier], ...] = (
    ("country", NameOID.COUNTRY_NAME),
    ("organization", NameOID.ORGANIZATION_NAME),
    ("organizationalUnit", NameOID.ORGANIZATIONAL_UNIT_NAME),
    ("locality", NameOID.LOCALITY_NAME),
    ("province", NameOID.STATE_OR_PROVINCE_NAME),
    ("postalCode", NameOID.POSTAL_CODE),
    ("commonName", NameOID.COMMON_NAME),
    ("serialNumber", NameOID.SERIAL_NUMBER),
    ("emailAddress", NameOID.EMAIL_ADDRESS),
)


class CertRequest(GeneratedKind):
    """A PKCS#10 request signed with the subject's own key."""

    computed = ("certRequestPem", "keyAlgorithm")

    def check(self, inputs: Properties) -> Sequence[tuple[str, str]]:
        return key_failures(inputs, "privateKeyPem") + name_failures(inputs)

    def create(self, inputs: Properties) -> tuple[str, Properties]:
        key = load_key(inputs, "privateKeyPem")
        builder = x509.CertificateSigningRequestBuilder().subject_name(subject_of(inputs))
        names = alternative_names(inputs)
        if names is not None:
            builder = builder.add_extension(names, critical=False)
        pem = builder.sign(key, signature_hash(key)).public_bytes(serialization.Encoding.PEM)
        return hashlib.sha1(pem, usedforsecurity=False).hexdigest(), {
            "certRequestPem": pem.decode(),
            "keyAlgorithm": algorithm_of(key),
        }


def key_failures(inputs: Properties, name: str) -> list[tuple[str, str]]:
    """Refuse a missing key and the write-only way of giving one."""
    if inputs.get(f"{name}Wo") is not None:
        return [(f"{name}Wo", f"is not supported by the stand-in provider: give {name}, it is stored as a secret")]
    return [] if inputs.get(name) is not None else [(name, "is missing: give a private key in PEM form")]


def name_failures(inputs: Properties) -> list[tuple[str, str]]:
    """Refuse texts in `ipAddresses` that are not addresses."""
    addresses: object = inputs.get("ipAddresses")
    listed = cast("list[str | wire.Unknown]", addresses) if isinstance(addresses, list) else []
    failures: list[tuple[str, str]] = []
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
    attributes = [x509.NameAttribute(oid, subject[key]) for key, oid in _ATTRIBUTES if subject.get(key)]
    streets: list[str] = subject.get("streetAddresses") or []
    attributes += [x509.NameAttribute(NameOID.STREET_ADDRESS, street) for street in streets]
    return x509.Name(attributes)


def alternative_names(inputs: Properties) -> x509.SubjectAlternativeName | None:
    """The subject alternative names in `dnsNames`, `ipAddresses` and `uris`, None when there are none."""
    names: list[x509.GeneralName] = [x509.DNSName(name) for name in _texts(inputs, "dnsNames")]
    names += [x509.IPAddress(ipaddress.ip_address(address)) for address in _texts(inputs, "ipAddresses")]
    names += [x509.UniformResourceIdentifier(uri) for uri in _texts(inputs, "uris")]
    return x509.SubjectAlternativeName(names) if names else None


def _texts(inputs: Properties, name: str) -> list[str]:
    return inputs.get(name) or []
