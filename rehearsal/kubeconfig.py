"""Kubeconfig files: one identity, one cluster, everything inline so that the file can be copied."""

import base64
from pathlib import Path
from typing import Any, cast

import yaml

from rehearsal import files
from rehearsal.certificates import KeyPair
from rehearsal.failure import RehearsalError


def write(path: Path, server: str, authority: Path, identity: KeyPair) -> None:
    """Write a kubeconfig that only its owner can read.

    Args:
        path: the file; an older one is replaced at once.
        server: the API server's URL.
        authority: the certificate authority's PEM file.
        identity: the client certificate and key.
    """
    name = "forail-rehearsal"
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": {"server": server, "certificate-authority-data": _base64(authority)}}],
        "users": [
            {
                "name": name,
                "user": {
                    "client-certificate-data": _base64(identity.certificate),
                    "client-key-data": _base64(identity.key),
                },
            }
        ],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
        "current-context": name,
    }
    files.write(path, yaml.safe_dump(document, sort_keys=False))


def server(path: Path) -> str:
    """The API server's URL in a kubeconfig that `write` made.

    Raises:
        RehearsalError: the file cannot be read, or holds something else.
    """
    document = cast("Any", files.read_yaml(path))
    try:
        return str(document["clusters"][0]["cluster"]["server"])
    except (TypeError, LookupError):
        raise RehearsalError(
            f"{path} is not the kubeconfig of a rehearsal: it names no server",
            "`python -m rehearsal down` and then `up` write it anew",
        ) from None


def _base64(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()
