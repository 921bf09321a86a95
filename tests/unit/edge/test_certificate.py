"""The certificate, in its four modes."""

from __future__ import annotations

import base64

from tests.unit.deployment import Deployment
from tests.unit.stacks import HOSTS, alone, every, everything

MAKERS = ("PrivateKey", "SelfSignedCert", "CertRequest", "LocallySignedCert")


def makers(deployment: Deployment) -> int:
    """How many resources of the TLS provider there are."""
    return sum(len(deployment.all(kind)) for kind in MAKERS)


def self_signed() -> Deployment:
    """Two hosts, a private CA."""
    return alone().deploy(exposure={"host": "forail.lan", "extraHosts": ["forail.home"], "tls": {"validityDays": 90}})


def test_the_leaf_covers_each_host_and_one_level_below() -> None:
    request = self_signed().one("CertRequest", "forail-tls-request").inputs
    assert request["dnsNames"] == ["forail.lan", "*.forail.lan", "forail.home", "*.forail.home"]
    assert request["subject"]["commonName"] == "forail.lan"


def test_the_leaf_is_renewed_in_its_last_tenth() -> None:
    leaf = self_signed().one("LocallySignedCert", "forail-tls-leaf").inputs
    assert (leaf["validityPeriodHours"], leaf["earlyRenewalHours"]) == (90 * 24, 9 * 24)
    assert set(leaf["allowedUses"]) == {"digital_signature", "server_auth"}


def test_the_ca_signs_and_serves_nothing() -> None:
    ca = self_signed().one("SelfSignedCert", "forail-ca").inputs
    assert ca["isCaCertificate"] is True
    assert set(ca["allowedUses"]) == {"cert_signing", "crl_signing"}
    assert "earlyRenewalHours" not in ca


def test_ca_and_leaf_have_keys_of_their_own() -> None:
    deployment = self_signed()
    assert deployment.names("PrivateKey") == {"forail-ca-key", "forail-tls-key"}
    leaf = deployment.one("LocallySignedCert", "forail-tls-leaf")
    assert leaf.is_secret("caPrivateKeyPem")
    assert deployment.depends_on(
        deployment.one("CertRequest", "forail-tls-request"), deployment.one("PrivateKey", "forail-tls-key")
    )


def test_a_new_host_makes_a_new_leaf_and_leaves_the_ca_which_clients_have_trusted_by_hand() -> None:
    before, after = self_signed(), alone().deploy(exposure={"host": "forail.example.com"})
    for kind, name, kept in (("SelfSignedCert", "ca", True), ("CertRequest", "tls-request", False)):
        inputs = [deployment.one(kind, f"forail-{name}").inputs for deployment in (before, after)]
        assert (inputs[0] == inputs[1]) is kept, name


def test_an_epoch_makes_keys_and_certificates_anew() -> None:
    def named(**rotation: int) -> set[str]:
        deployment = alone().deploy(rotation=rotation)
        return {item.name for kind in MAKERS for item in deployment.all(kind)}

    leaf = {"forail-tls-request", "forail-tls-leaf"}
    assert named(tlsCertificate=2) == {"forail-ca-key", "forail-ca", "forail-tls-key-2", *leaf}
    assert named(tlsCa=3) == {"forail-ca-key-3", "forail-ca-3", "forail-tls-key", *leaf}


def test_a_new_ca_signs_the_certificate_again() -> None:
    deployment = alone().deploy(rotation={"tlsCa": 2})
    signed = deployment.one("LocallySignedCert", "forail-tls-leaf")
    assert deployment.depends_on(signed, deployment.one("PrivateKey", "forail-ca-key-2"))
    assert deployment.depends_on(signed, deployment.one("SelfSignedCert", "forail-ca-2"))


def test_the_secret_is_what_an_ingress_controller_reads() -> None:
    secret = self_signed().one("Secret", "forail-tls").inputs
    assert secret["type"] == "kubernetes.io/tls"
    assert set(secret["data"]) == {"tls.crt", "tls.key", "ca.crt"}
    assert "EC PRIVATE KEY" in base64.b64decode(secret["data"]["tls.key"]).decode()


def test_a_provided_pair_is_used_as_it_is() -> None:
    deployment = every("everything")
    assert makers(deployment) == 0
    data = deployment.one("Secret", "forail-tls").inputs["data"]
    assert set(data) == {"tls.crt", "tls.key"}
    assert base64.b64decode(data["tls.crt"]).decode() == everything().config["exposure"]["tls"]["certificate"]
    assert base64.b64decode(data["tls.key"]).decode() == everything().secrets["tlsPrivateKey"]


def test_an_existing_secret_is_only_named() -> None:
    deployment = every("prod")
    assert makers(deployment) == 0
    assert "forail-tls" not in deployment.names("Secret")
    assert deployment.one("Ingress", "forail").inputs["spec"]["tls"][0]["secretName"] == "forail-tls"


def test_without_tls_there_is_no_certificate() -> None:
    deployment = every("elsewhere")
    assert makers(deployment) == 0
    assert "tls" not in deployment.one("Ingress", "forail").inputs["spec"]


def test_the_ingress_serves_it_for_every_host() -> None:
    tls = every("everything").one("Ingress", "forail").inputs["spec"]["tls"]
    assert tls == [{"hosts": list(HOSTS), "secretName": "forail-tls"}]
