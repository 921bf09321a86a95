"""The `tls` stand-in makes keys and certificates that an independent verifier accepts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import ExtendedKeyUsageOID
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from rehearsal.providers.tls.certificates import SelfSignedCert
from rehearsal.providers.wire import UNKNOWN
from tests.rehearsal.providers.plugin_client import PluginClient, Refused, Resource

KEY = "tls:index/privateKey:PrivateKey"
REQUEST = "tls:index/certRequest:CertRequest"
SELF_SIGNED = "tls:index/selfSignedCert:SelfSignedCert"
SIGNED = "tls:index/locallySignedCert:LocallySignedCert"
EC = {"algorithm": "ECDSA", "ecdsaCurve": "P256"}


def _authority(tls: PluginClient, key: Resource) -> Resource:
    return tls.create(
        SELF_SIGNED,
        "ca",
        {
            "privateKeyPem": key.outputs["privateKeyPem"],
            "subject": {"commonName": "Test CA", "organization": "Test"},
            "isCaCertificate": True,
            "validityPeriodHours": 48,
            "allowedUses": ["cert_signing", "crl_signing", "digital_signature"],
        },
    )


def _leaf(tls: PluginClient, key: Resource, authority: Resource) -> Resource:
    own = tls.create(KEY, "leaf", EC)
    request = tls.create(
        REQUEST,
        "leaf",
        {
            "privateKeyPem": own.outputs["privateKeyPem"],
            "subject": {"commonName": "forail.lan"},
            "dnsNames": ["forail.lan", "*.forail.lan"],
            "ipAddresses": ["127.0.0.1"],
        },
    )
    return tls.create(
        SIGNED,
        "leaf",
        {
            "certRequestPem": request.outputs["certRequestPem"],
            "caCertPem": authority.outputs["certPem"],
            "caPrivateKeyPem": key.outputs["privateKeyPem"],
            "validityPeriodHours": 24,
            "allowedUses": ["digital_signature", "key_encipherment", "server_auth"],
        },
    )


def _certificate(resource: Resource) -> x509.Certificate:
    return x509.load_pem_x509_certificate(resource.outputs["certPem"].encode())


@pytest.mark.parametrize("name", ["forail.lan", "web.forail.lan"])
def test_the_chain_verifies_for_the_host_and_its_subdomains(tls: PluginClient, name: str) -> None:
    key = tls.create(KEY, "ca", EC)
    authority = _authority(tls, key)
    leaf = _certificate(_leaf(tls, key, authority))
    verifier = PolicyBuilder().store(Store([_certificate(authority)])).build_server_verifier(x509.DNSName(name))
    assert verifier.verify(leaf, []) == [leaf, _certificate(authority)]


def test_another_authority_does_not_verify_the_chain(tls: PluginClient) -> None:
    key, other = tls.create(KEY, "ca", EC), tls.create(KEY, "other", EC)
    leaf = _certificate(_leaf(tls, key, _authority(tls, key)))
    store = Store([_certificate(_authority(tls, other))])
    verifier = PolicyBuilder().store(store).build_server_verifier(x509.DNSName("forail.lan"))
    with pytest.raises(VerificationError):
        verifier.verify(leaf, [])


def test_a_leaf_carries_what_was_asked_for(tls: PluginClient) -> None:
    key = tls.create(KEY, "ca", EC)
    made = _leaf(tls, key, _authority(tls, key))
    leaf = _certificate(made)
    assert made.identifier == str(leaf.serial_number)
    assert leaf.not_valid_after_utc - leaf.not_valid_before_utc == timedelta(hours=24)
    assert datetime.fromisoformat(made.outputs["validityEndTime"]) == leaf.not_valid_after_utc
    extensions = leaf.extensions
    assert extensions.get_extension_for_class(x509.BasicConstraints).value.ca is False
    uses = extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(uses) == [ExtendedKeyUsageOID.SERVER_AUTH]
    names = extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["forail.lan", "*.forail.lan"]
    assert made.outputs["readyForRenewal"] is False


def test_a_key_has_the_curve_that_was_asked_for_and_its_public_key(tls: PluginClient) -> None:
    outputs = tls.create(KEY, "key", {**EC, "ecdsaCurve": "P384"}).outputs
    assert "BEGIN EC PRIVATE KEY" in outputs["privateKeyPem"]
    key = serialization.load_pem_private_key(outputs["privateKeyPem"].encode(), None).public_key()
    public = serialization.PublicFormat.SubjectPublicKeyInfo
    assert key.public_bytes(serialization.Encoding.PEM, public).decode() == outputs["publicKeyPem"]
    assert getattr(key, "key_size", 0) == 384


def test_everything_made_is_unknown_in_a_preview(tls: PluginClient) -> None:
    preview = tls.preview(KEY, "key", EC)
    assert preview["privateKeyPem"] is UNKNOWN
    assert preview["algorithm"] == "ECDSA"


@pytest.mark.parametrize(
    ("hours_left", "early", "expired"),
    [(3, 2, None), (2, 2, "readyForRenewal"), (-1, 0, "readyForRenewal"), (1, 0, None)],
)
def test_a_certificate_is_replaced_once_its_renewal_window_opens(
    hours_left: int, early: int, expired: str | None
) -> None:
    now = datetime(2030, 1, 1, tzinfo=UTC)
    end = (now + timedelta(hours=hours_left)).isoformat()
    outputs = {"validityEndTime": end, "earlyRenewalHours": early}
    assert SelfSignedCert().expired(outputs, now) == expired


def test_an_open_renewal_window_plans_a_replacement_without_any_other_change(tls: PluginClient) -> None:
    key = tls.create(KEY, "ca", EC)
    inputs = {**_authority(tls, key).inputs, "earlyRenewalHours": 48}
    made = tls.create(SELF_SIGNED, "ca", inputs)
    assert list(tls.diff(made, inputs).replaces) == ["readyForRenewal"]


def test_only_the_renewal_window_changes_in_place(tls: PluginClient) -> None:
    key = tls.create(KEY, "ca", EC)
    made = _authority(tls, key)
    assert not tls.diff(made, {**made.inputs, "earlyRenewalHours": 1}).replaces
    assert list(tls.diff(made, {**made.inputs, "validityPeriodHours": 49}).replaces) == ["validityPeriodHours"]


def test_a_key_of_another_authority_is_refused(tls: PluginClient) -> None:
    key, other = tls.create(KEY, "ca", EC), tls.create(KEY, "other", EC)
    with pytest.raises(Refused, match="caPrivateKeyPem is not the private key"):
        _leaf(tls, other, _authority(tls, key))


def test_a_broken_key_is_refused_without_showing_it(tls: PluginClient) -> None:
    with pytest.raises(Refused) as refusal:
        tls.create(REQUEST, "x", {"privateKeyPem": "hunter2"})
    assert "privateKeyPem" in str(refusal.value)
    assert "hunter2" not in str(refusal.value)


@pytest.mark.parametrize(
    ("token", "inputs", "failing"),
    [
        (KEY, {"algorithm": "RSA", "ecdsaCurve": "P256"}, "algorithm"),
        (KEY, {"algorithm": "ECDSA"}, "ecdsaCurve"),
        (KEY, {"algorithm": "ECDSA", "ecdsaCurve": "P257"}, "ecdsaCurve"),
        (REQUEST, {}, "privateKeyPem"),
        (REQUEST, {"privateKeyPem": "x", "uris": ["spiffe://a"]}, "uris"),
        (REQUEST, {"privateKeyPem": "x", "subject": {"locality": "Berlin"}}, "subject.locality"),
        (REQUEST, {"privateKeyPem": "x", "ipAddresses": ["nowhere"]}, "ipAddresses[0]"),
        (SELF_SIGNED, {"privateKeyPem": "x", "validityPeriodHours": 1, "allowedUses": ["server"]}, "allowedUses"),
        (SELF_SIGNED, {"privateKeyPem": "x", "validityPeriodHours": -1, "allowedUses": []}, "validityPeriodHours"),
    ],
)
def test_bad_inputs_are_refused_before_anything_is_made(
    tls: PluginClient, token: str, inputs: dict[str, Any], failing: str
) -> None:
    assert [name for name, _ in tls.failures(token, inputs)] == [failing]
