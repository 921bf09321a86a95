"""Private keys: RSA, ECDSA and Ed25519, in the spellings of the `tls` package."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from rehearsal.providers.calls import ProviderError
from rehearsal.providers.generated import GeneratedKind
from rehearsal.providers.wire import UNKNOWN, Properties

SigningKey: TypeAlias = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey

_CURVES: Mapping[str, type[ec.EllipticCurve]] = {
    "P224": ec.SECP224R1,
    "P256": ec.SECP256R1,
    "P384": ec.SECP384R1,
    "P521": ec.SECP521R1,
}
_ALGORITHMS = ("RSA", "ECDSA", "ED25519")
_PLAIN = serialization.NoEncryption()
_PEM = serialization.Encoding.PEM


class PrivateKey(GeneratedKind):
    """A private key in PEM and OpenSSH form, its public key and fingerprints."""

    # P224 is the official default, although OpenSSH has no form for it.
    defaults: Mapping[str, object] = {"rsaBits": 2048, "ecdsaCurve": "P224"}
    computed = (
        "privateKeyOpenssh",
        "privateKeyPem",
        "privateKeyPemPkcs8",
        "publicKeyFingerprintMd5",
        "publicKeyFingerprintSha256",
        "publicKeyOpenssh",
        "publicKeyPem",
    )

    def check(self, inputs: Properties) -> Sequence[tuple[str, str]]:
        failures: list[tuple[str, str]] = []
        if inputs.get("algorithm") not in (*_ALGORITHMS, UNKNOWN):
            failures.append(("algorithm", f"must be one of {', '.join(_ALGORITHMS)}"))
        if inputs["ecdsaCurve"] not in (*_CURVES, UNKNOWN):
            failures.append(("ecdsaCurve", f"must be one of {', '.join(_CURVES)}"))
        return failures

    def create(self, inputs: Properties) -> tuple[str, Properties]:
        key = _generate(inputs)
        public = key.public_key()
        public_pem = public.public_bytes(_PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        traditional = serialization.PrivateFormat.TraditionalOpenSSL
        pkcs8 = serialization.PrivateFormat.PKCS8
        native = pkcs8 if isinstance(key, ed25519.Ed25519PrivateKey) else traditional
        der = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        return hashlib.sha1(der, usedforsecurity=False).hexdigest(), {
            "privateKeyPem": key.private_bytes(_PEM, native, _PLAIN).decode(),
            "privateKeyPemPkcs8": key.private_bytes(_PEM, pkcs8, _PLAIN).decode(),
            "publicKeyPem": public_pem.decode(),
            **_openssh_forms(key),
        }


def _generate(inputs: Properties) -> SigningKey:
    match inputs["algorithm"]:
        case "RSA":
            return rsa.generate_private_key(public_exponent=65537, key_size=inputs["rsaBits"])
        case "ECDSA":
            return ec.generate_private_key(_CURVES[inputs["ecdsaCurve"]]())
        case _:
            return ed25519.Ed25519PrivateKey.generate()


def _openssh_forms(key: SigningKey) -> Properties:
    names = ("privateKeyOpenssh", "publicKeyOpenssh", "publicKeyFingerprintMd5", "publicKeyFingerprintSha256")
    if isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name == "secp224r1":
        return dict.fromkeys(names, "")
    line = key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    blob = base64.b64decode(line.split()[1])
    md5 = hashlib.md5(blob, usedforsecurity=False).hexdigest()
    sha256 = base64.b64encode(hashlib.sha256(blob).digest()).rstrip(b"=").decode()
    private = key.private_bytes(_PEM, serialization.PrivateFormat.OpenSSH, _PLAIN).decode()
    pairs = ":".join(md5[index : index + 2] for index in range(0, len(md5), 2))
    return dict(zip(names, (private, line.decode() + "\n", pairs, f"SHA256:{sha256}"), strict=True))


def load_key(inputs: Properties, name: str) -> SigningKey:
    """Read the private key of an input.

    Raises:
        ProviderError: it is not an unencrypted PEM private key of a known algorithm; its text is never shown.
    """
    try:
        key = serialization.load_pem_private_key(str(inputs[name]).encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if isinstance(key, (rsa.RSAPrivateKey, ec.EllipticCurvePrivateKey, ed25519.Ed25519PrivateKey)):
        return key
    raise ProviderError(f"{name} is not an unencrypted PEM private key (RSA, ECDSA or Ed25519)")


def algorithm_of(key: SigningKey) -> str:
    """The name that the `tls` package has for a key's algorithm."""
    if isinstance(key, rsa.RSAPrivateKey):
        return "RSA"
    return "ECDSA" if isinstance(key, ec.EllipticCurvePrivateKey) else "ED25519"


def signature_hash(key: SigningKey) -> hashes.SHA256 | None:
    """The hash to sign with: Ed25519 brings its own."""
    return None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
