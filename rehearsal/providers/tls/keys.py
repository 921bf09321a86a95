"""Private keys on the curves of NIST, in PEM."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from rehearsal.providers.calls import ProviderError
from rehearsal.providers.generated import GeneratedKind
from rehearsal.providers.wire import UNKNOWN, Properties

ALGORITHM = "ECDSA"
_CURVES: Mapping[str, type[ec.EllipticCurve]] = {"P256": ec.SECP256R1, "P384": ec.SECP384R1, "P521": ec.SECP521R1}
_PEM = serialization.Encoding.PEM


class PrivateKey(GeneratedKind):
    """A private key and its public key in PEM; the outputs for OpenSSH, which nobody reads, stay absent."""

    inputs = frozenset({"algorithm"})
    # The official ones, which the states of stacks hold.
    defaults: Mapping[str, object] = {"rsaBits": 2048, "ecdsaCurve": "P224"}
    computed = ("privateKeyPem", "publicKeyPem")

    def check(self, inputs: Properties) -> Sequence[tuple[str, str]]:
        failures: list[tuple[str, str]] = []
        if inputs.get("algorithm") not in (ALGORITHM, UNKNOWN):
            failures.append(("algorithm", f"must be {ALGORITHM}, the only one that the stand-in provider has"))
        if inputs["ecdsaCurve"] not in (*_CURVES, UNKNOWN):
            failures.append(("ecdsaCurve", f"must be one of {', '.join(_CURVES)}"))
        return failures

    def create(self, inputs: Properties) -> tuple[str, Properties]:
        key = ec.generate_private_key(_CURVES[inputs["ecdsaCurve"]]())
        private = key.private_bytes(
            _PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
        ).decode()
        public = key.public_key().public_bytes(_PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        identifier = hashlib.sha1(public, usedforsecurity=False).hexdigest()
        return identifier, {"privateKeyPem": private, "publicKeyPem": public.decode()}


def load_key(inputs: Properties, name: str) -> ec.EllipticCurvePrivateKey:
    """Read the private key of an input.

    Raises:
        ProviderError: it is not an unencrypted PEM private key of a curve; its text is never shown.
    """
    try:
        key = serialization.load_pem_private_key(str(inputs[name]).encode(), password=None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ProviderError(f"{name} is not an unencrypted PEM private key for {ALGORITHM}")
    return key
