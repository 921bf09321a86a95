"""Private keys as Forail reads them."""

from __future__ import annotations

from base64 import b64encode

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from components.settings.ssh_key import PrivateKey, private_key
from tests.unit.certificates import certificate

Formats = serialization.PrivateFormat
PASSPHRASE = serialization.BestAvailableEncryption(b"open sesame")
PLAIN = serialization.NoEncryption()
RSA = rsa.generate_private_key(public_exponent=65537, key_size=1024)
EC = ec.generate_private_key(ec.SECP256R1())
ED25519 = ed25519.Ed25519PrivateKey.generate()


def pem(
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey,
    form: Formats,
    encryption: serialization.KeySerializationEncryption = PLAIN,
) -> str:
    return key.private_bytes(serialization.Encoding.PEM, form, encryption).decode()


def openssh(cipher: bytes) -> str:
    """A container as ssh-keygen writes it, up to the name of its cipher."""
    head = b"openssh-key-v1\0" + len(cipher).to_bytes(4, "big") + cipher + bytes(64)
    return f"-----BEGIN OPENSSH PRIVATE KEY-----\n{b64encode(head).decode()}\n-----END OPENSSH PRIVATE KEY-----\n"


OPEN = {
    "RSA": pem(RSA, Formats.TraditionalOpenSSL),
    "EC": pem(EC, Formats.TraditionalOpenSSL),
    "PKCS8": pem(RSA, Formats.PKCS8),
    "OpenSSH": pem(ED25519, Formats.OpenSSH),
    "OpenSSH by hand": openssh(b"none"),
    "white space in front": f"\n  {pem(EC, Formats.PKCS8)}",
    "with a certificate": certificate("a.example.com")[0] + pem(EC, Formats.PKCS8),
    "Windows": pem(RSA, Formats.PKCS8).replace("\n", "\r\n"),
    "out of JSON": pem(RSA, Formats.TraditionalOpenSSL).replace("=", r"\u003d"),
    "four dashes": pem(EC, Formats.PKCS8).replace("-----", "----"),
}
ENCRYPTED = {
    "PKCS8": pem(RSA, Formats.PKCS8, PASSPHRASE),
    "traditional": pem(RSA, Formats.TraditionalOpenSSL, PASSPHRASE),
    "OpenSSH": openssh(b"aes256-ctr"),
    "the second of two": pem(EC, Formats.PKCS8) + pem(RSA, Formats.PKCS8, PASSPHRASE),
}
LINES = OPEN["PKCS8"].splitlines(keepends=True)
NONE = {
    "nothing": "",
    "a word": "ASK",
    "a public key": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA me@here",
    "a certificate": certificate("a.example.com")[0],
    "PuTTY's": "PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\n",
    "another kind": OPEN["PKCS8"].replace("PRIVATE KEY", "SSH2 ENCRYPTED PRIVATE KEY"),
    "a kind that nobody knows": OPEN["PKCS8"].replace("PRIVATE KEY", "ANY PRIVATE KEY"),
    "encryption at another place": OPEN["PKCS8"].replace("PRIVATE KEY", "ENCRYPTED RSA PRIVATE KEY"),
    "no end": "".join(LINES[:-1]),
    "another end": OPEN["PKCS8"].replace("END PRIVATE", "END RSA PRIVATE"),
    "a path": "/home/me/.ssh/id_ed25519",
    "a remark in front": f"my key\n{OPEN['PKCS8']}",
    "a remark behind": f"{OPEN['PKCS8']}my key",
    "nothing between": LINES[0] + "\n" + LINES[-1],
    "no base64": LINES[0] + "abc\n" + LINES[-1],
    "a label of blanks, which must not take hours": "-----BEGIN A" + " " * 1_000_000,
    "not ASCII": LINES[0] + "ä\n" + LINES[-1],
}


@pytest.mark.parametrize("text", OPEN.values(), ids=OPEN)
def test_without_a_passphrase(text: str) -> None:
    assert private_key(text) is PrivateKey.OPEN


@pytest.mark.parametrize("text", ENCRYPTED.values(), ids=ENCRYPTED)
def test_with_a_passphrase(text: str) -> None:
    assert private_key(text) is PrivateKey.ENCRYPTED


@pytest.mark.parametrize("text", NONE.values(), ids=NONE)
def test_no_key_that_forail_takes(text: str) -> None:
    assert private_key(text) is PrivateKey.NONE
