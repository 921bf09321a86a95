"""A given certificate is refused before anything is created when browsers would refuse it, and says why."""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from components.settings import certificate
from tests.unit.settings.certificates import key_pem, make_certificate
from tests.unit.settings.stackfile import nested, parsed, problems

HOSTS = ("forail.lan",)


def check(pem: str, key: str, *hosts: str) -> dict[str, str]:
    return dict(certificate.problems(pem, key, hosts or HOSTS))


def test_a_pair_that_covers_every_host_passes() -> None:
    assert check(*make_certificate("forail.lan", "forail.example.com"), "forail.lan", "forail.example.com") == {}


def test_a_wildcard_covers_one_level() -> None:
    pair = make_certificate("*.example.com")

    assert check(*pair, "forail.example.com") == {}
    assert "not a.forail.example.com" in check(*pair, "a.forail.example.com")["exposure.tls.certificate"]


def test_other_hosts_are_named_on_both_sides() -> None:
    found = check(*make_certificate("a.example", "b.example"), "a.example", "forail.lan", "c.lan")

    assert "covers a.example, b.example, not forail.lan, c.lan" in found["exposure.tls.certificate"]


def test_a_common_name_alone_covers_nothing() -> None:
    assert "has no DNS name" in check(*make_certificate())["exposure.tls.certificate"]


def test_an_expired_certificate_is_dated() -> None:
    pair = make_certificate("forail.lan", starts=timedelta(days=-9), ends=timedelta(days=-2))

    assert "has expired on" in check(*pair)["exposure.tls.certificate"]


def test_a_certificate_of_the_future_is_dated() -> None:
    assert (
        "is not valid before"
        in check(*make_certificate("forail.lan", starts=timedelta(days=2)))["exposure.tls.certificate"]
    )


def test_the_dates_are_compared_with_the_given_moment(self_signed: tuple[str, str]) -> None:
    assert certificate.problems(*self_signed, HOSTS, now=time.time()) == []
    assert "has expired on" in certificate.problems(*self_signed, HOSTS, now=time.time() + 40 * 86400)[0][1]


def test_every_fault_of_one_certificate_is_reported() -> None:
    pair = make_certificate("other.lan", starts=timedelta(days=-9), ends=timedelta(days=-2))

    assert len(certificate.problems(*pair, HOSTS)) == 2


@pytest.mark.parametrize(
    "other",
    [ec.generate_private_key(ec.SECP256R1()), rsa.generate_private_key(65537, 2048)],
    ids=["same kind", "another kind"],
)
def test_a_key_of_another_certificate_is_refused(
    self_signed: tuple[str, str], other: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
) -> None:
    assert "does not belong to the first certificate" in check(self_signed[0], key_pem(other))["tlsPrivateKey"]


def test_intermediates_in_front_of_the_leaf_are_refused(self_signed: tuple[str, str]) -> None:
    upside_down = make_certificate("intermediate.lan")[0] + self_signed[0]

    assert "with the leaf first" in check(upside_down, self_signed[1])["tlsPrivateKey"]


def test_intermediates_behind_the_leaf_pass(self_signed: tuple[str, str]) -> None:
    assert check(self_signed[0] + make_certificate("intermediate.lan")[0], self_signed[1]) == {}


@pytest.mark.parametrize("key", ["-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "nonsense"])
def test_an_unreadable_key_is_refused(self_signed: tuple[str, str], key: str) -> None:
    assert "cannot be read" in check(self_signed[0], key)["tlsPrivateKey"]


def test_an_encrypted_key_is_refused_and_nobody_is_asked_for_its_password() -> None:
    key = rsa.generate_private_key(65537, 2048)

    found = check(make_certificate("forail.lan", key=key)[0], key_pem(key, password="secret"))

    assert "decrypted" in found["tlsPrivateKey"]


def test_a_key_that_is_too_small_for_tls_is_refused() -> None:
    key = rsa.generate_private_key(65537, 1024)

    assert "refused by OpenSSL" in check(*make_certificate("forail.lan", key=key))["exposure.tls.certificate"]


@pytest.mark.parametrize(
    "key", [rsa.generate_private_key(65537, 2048), ed25519.Ed25519PrivateKey.generate()], ids=["RSA", "Ed25519"]
)
def test_other_kinds_of_keys_pass(key: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey) -> None:
    algorithm_pair = make_certificate("forail.lan", key=key)

    assert check(*algorithm_pair) == {}


def test_the_key_stays_in_no_file(
    self_signed: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    check(*self_signed)
    check(self_signed[0], "nonsense")

    assert list(tmp_path.iterdir()) == []


def test_the_stack_file_reports_it_by_path(self_signed: tuple[str, str]) -> None:
    file = nested({"exposure.tls.mode": "provided", "exposure.tls.certificate": self_signed[0]})

    assert problems(file, {"tlsPrivateKey": self_signed[1]}) == {}
    assert parsed(file, {"tlsPrivateKey": self_signed[1]}).stack.exposure.hosts == HOSTS
    file["exposure"]["host"] = "other.lan"
    assert set(problems(file, {"tlsPrivateKey": self_signed[1]})) == {"exposure.tls.certificate"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "does not decode"),
        ("{pem}trailing -----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n", "no others"),
        ("{key}{pem}", "holds a private key in clear"),
        ("", "must be PEM"),
        ("{pem}-----BEGIN CERTIFICATE-----\nAAAA\n", "must be PEM"),
    ],
)
def test_a_field_of_certificates_takes_nothing_else(self_signed: tuple[str, str], text: str, said: str) -> None:
    given = text.format(pem=self_signed[0], key=self_signed[1])
    found = problems(nested({"exposure.tls.mode": "provided", "exposure.tls.certificate": given}))

    assert said in found["exposure.tls.certificate"]


def test_certificates_have_the_size_of_a_config_map_at_most(self_signed: tuple[str, str]) -> None:
    """The API server takes 1 MiB; text around the blocks counts."""
    file = {"mode": "external", "host": "db", "tls": {"mode": "verify-ca"}}
    for size, said in ((1024 * 1024, ""), (1024 * 1024 + 1, "is larger than the 1 MiB")):
        file["tls"] = {"mode": "verify-ca", "ca": self_signed[0] + "#" * (size - len(self_signed[0]))}
        assert said in str(problems({"postgres": file}, {"postgresPassword": "p"}))
        assert bool(problems({"postgres": file}, {"postgresPassword": "p"})) is bool(said)
