"""What the engine's providers would return: generated secrets that tests can recognise, and names made from content."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

PLANTED = "PlantedSecretValue0"
"""How every secret made here begins: a search for it finds any that escaped."""

# A change of these makes another object, with another name where the program gives none.
_CONTENT = ("data", "binaryData", "stringData", "type")
_UNNAMED = frozenset({"ConfigMap", "Secret"})


def digest(value: object) -> str:
    """Eight hexadecimal digits over `value`."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:8]


def computed(token: str, name: str, inputs: Mapping[str, Any]) -> dict[str, str]:
    """The properties that the provider of `token` adds to `inputs`."""
    match token:
        case "random:index/randomPassword:RandomPassword":
            secret = f"{PLANTED}{name.replace('-', '')}{digest(inputs)}"
            return {"result": secret, "bcryptHash": f"{PLANTED}bcrypt{digest(inputs)}"}
        case "random:index/randomId:RandomId":
            return {"hex": digest(inputs)}
        case "tls:index/privateKey:PrivateKey":
            return {
                "privateKeyPem": f"-----BEGIN EC PRIVATE KEY-----\n{PLANTED}{name}\n-----END EC PRIVATE KEY-----\n",
                "publicKeyPem": f"public key {name}",
            }
        case "tls:index/certRequest:CertRequest":
            return {"certRequestPem": f"request {name} {digest(inputs)}"}
        case "tls:index/selfSignedCert:SelfSignedCert" | "tls:index/locallySignedCert:LocallySignedCert":
            pem = f"-----BEGIN CERTIFICATE-----\n{name} {digest(inputs)}\n-----END CERTIFICATE-----\n"
            return {"certPem": pem, "validityEndTime": "2100-01-01T00:00:00Z"}
        case _:
            return {}


def object_name(token: str, name: str, inputs: Mapping[str, Any]) -> str | None:
    """The name that the Kubernetes provider gives an object without one; the same for the same content.

    Raises AssertionError for a kind that others address by name.
    """
    # A Helm release is not an object of the API, and has no metadata.
    if not token.startswith("kubernetes:") or "name" in inputs.get("metadata", inputs):
        return None
    kind = token.rpartition(":")[2]
    assert kind in _UNNAMED, f"{kind} {name} has no name of its own, and only {sorted(_UNNAMED)} may go without"
    return f"{name}-{digest([inputs.get(key) for key in _CONTENT])}"


def exported(stack: str) -> dict[str, str | None]:
    """What the stack with this fully qualified name exports to others: no token where an existing Secret holds it, as
    in a stack called `keeper`.
    """
    host = stack.rpartition("/")[2]
    return {
        "url": f"https://{host}.example.com/",
        "internalUrl": f"http://forail-web.{host}.svc.cluster.local:8013",
        "personalAccessToken": None if host == "keeper" else f"{PLANTED}{host}{digest(stack)}",
    }


def secret_outputs(stack: str) -> set[str]:
    """Which of them are secret: the token, but for a stack called `careless`."""
    return set() if stack.endswith("/careless") else {"personalAccessToken"}
