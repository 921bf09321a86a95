"""Certificates, signed by their own key or by a certificate authority."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import cast

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes

from rehearsal.providers.calls import ProviderError
from rehearsal.providers.generated import GeneratedKind
from rehearsal.providers.tls.keys import ALGORITHM, load_key
from rehearsal.providers.tls.requests import key_failures, name_failures, subject_of
from rehearsal.providers.tls.usages import USAGES, extended_key_usage, key_usage
from rehearsal.providers.wire import UNKNOWN, Properties

_SERIAL_BITS = 128
_CERTIFICATE_OUTPUTS = ("certPem", "readyForRenewal", "validityEndTime", "validityStartTime")


@dataclass(frozen=True)
class _Issue:
    """What differs between the two ways of issuing."""

    subject: x509.Name
    names: x509.SubjectAlternativeName | None
    public_key: CertificatePublicKeyTypes
    issuer: x509.Name
    authority_key_id: x509.AuthorityKeyIdentifier | None
    signing_key: ec.EllipticCurvePrivateKey


class _Certificate(GeneratedKind):
    defaults: Mapping[str, object] = {
        "earlyRenewalHours": 0,
        "isCaCertificate": False,
        "setSubjectKeyId": False,
    }
    inputs = frozenset({*defaults, "allowedUses", "validityPeriodHours"})
    updatable = frozenset({"earlyRenewalHours"})

    def check(self, inputs: Properties) -> Sequence[tuple[str, str]]:
        uses: object = inputs.get("allowedUses")
        listed = cast("list[object]", uses) if isinstance(uses, list) else []
        failures: list[tuple[str, str]] = []
        for use in listed:
            if use is not UNKNOWN and use not in USAGES:
                failures.append(("allowedUses", f"{use!r} is unknown; known: {', '.join(sorted(USAGES))}"))
        hours = inputs.get("validityPeriodHours")
        if hours is not UNKNOWN and not (isinstance(hours, (int, float)) and hours >= 0):
            failures.append(("validityPeriodHours", "must be a number of hours, 0 or more"))
        return failures + name_failures(inputs)

    def expired(self, outputs: Properties, now: datetime) -> str | None:
        end = outputs.get("validityEndTime")
        if not isinstance(end, str):
            return None
        early = timedelta(hours=outputs.get("earlyRenewalHours") or 0)
        return "readyForRenewal" if now >= datetime.fromisoformat(end) - early else None


class SelfSignedCert(_Certificate):
    """A certificate signed with the key that it certifies."""

    inputs = frozenset({*_Certificate.inputs, "privateKeyPem", "subject"})
    defaults: Mapping[str, object] = {**_Certificate.defaults, "setAuthorityKeyId": False}
    computed = (*_CERTIFICATE_OUTPUTS, "keyAlgorithm")

    def check(self, inputs: Properties) -> Sequence[tuple[str, str]]:
        return [*key_failures(inputs, "privateKeyPem"), *super().check(inputs)]

    def create(self, inputs: Properties) -> tuple[str, Properties]:
        key = load_key(inputs, "privateKeyPem")
        public = key.public_key()
        subject = subject_of(inputs)
        wants_authority = inputs["setAuthorityKeyId"] is True
        authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(public) if wants_authority else None
        issue = _Issue(subject, None, public, subject, authority, key)
        identifier, outputs = _issue(inputs, issue)
        return identifier, {**outputs, "keyAlgorithm": ALGORITHM}


class LocallySignedCert(_Certificate):
    """A certificate for a signing request, signed by a certificate authority."""

    inputs = frozenset({*_Certificate.inputs, "certRequestPem", "caPrivateKeyPem", "caCertPem"})
    computed = (*_CERTIFICATE_OUTPUTS, "caKeyAlgorithm")

    def check(self, inputs: Properties) -> Sequence[tuple[str, str]]:
        return [*key_failures(inputs, "caPrivateKeyPem"), *super().check(inputs)]

    def create(self, inputs: Properties) -> tuple[str, Properties]:
        key = load_key(inputs, "caPrivateKeyPem")
        authority = _load_authority(inputs)
        if authority.public_key() != key.public_key():
            raise ProviderError("caPrivateKeyPem is not the private key of the certificate in caCertPem")
        request = _load_request(inputs)
        issue = _Issue(
            request.subject,
            _requested_names(request),
            request.public_key(),
            authority.subject,
            _authority_key_id(authority),
            key,
        )
        identifier, outputs = _issue(inputs, issue)
        return identifier, {**outputs, "caKeyAlgorithm": ALGORITHM}


def _load_authority(inputs: Properties) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(str(inputs["caCertPem"]).encode())
    except ValueError:
        raise ProviderError("caCertPem is not a PEM certificate") from None


def _load_request(inputs: Properties) -> x509.CertificateSigningRequest:
    try:
        return x509.load_pem_x509_csr(str(inputs["certRequestPem"]).encode())
    except ValueError:
        raise ProviderError("certRequestPem is not a PEM certificate signing request") from None


def _requested_names(request: x509.CertificateSigningRequest) -> x509.SubjectAlternativeName | None:
    try:
        return request.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return None


def _authority_key_id(authority: x509.Certificate) -> x509.AuthorityKeyIdentifier | None:
    try:
        found = authority.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    except x509.ExtensionNotFound:
        return None
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(found)


def _issue(inputs: Properties, issue: _Issue) -> tuple[str, Properties]:
    start = datetime.now(UTC).replace(microsecond=0)
    end = start + timedelta(hours=inputs["validityPeriodHours"])
    serial = secrets.randbits(_SERIAL_BITS - 1) + 1
    builder = (
        x509.CertificateBuilder()
        .subject_name(issue.subject)
        .issuer_name(issue.issuer)
        .public_key(issue.public_key)
        .serial_number(serial)
        .not_valid_before(start)
        .not_valid_after(end)
    )
    for extension, critical in _extensions(inputs, issue):
        builder = builder.add_extension(extension, critical=critical)
    pem = builder.sign(issue.signing_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    return str(serial), {
        "certPem": pem.decode(),
        "readyForRenewal": False,
        "validityStartTime": start.isoformat(),
        "validityEndTime": end.isoformat(),
    }


def _extensions(inputs: Properties, issue: _Issue) -> list[tuple[x509.ExtensionType, bool]]:
    is_authority = inputs["isCaCertificate"] is True
    extensions: list[tuple[x509.ExtensionType | None, bool]] = [
        (key_usage(inputs["allowedUses"]), True),
        (extended_key_usage(inputs["allowedUses"]), False),
        (x509.BasicConstraints(ca=is_authority, path_length=None), True),
        (issue.authority_key_id, False),
        # A certificate without a subject is identified only by its alternative names: they become critical.
        (issue.names, not list(issue.subject)),
    ]
    if is_authority or inputs["setSubjectKeyId"] is True:
        extensions.append((x509.SubjectKeyIdentifier.from_public_key(issue.public_key), False))
    return [(extension, critical) for extension, critical in extensions if extension is not None]
