"""Kubeconfig files: one identity, one cluster, everything inline so that the file can be copied."""

import base64
from pathlib import Path
from typing import cast

import yaml

from rehearsal.certificates import KeyPair


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
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    fresh.touch(mode=0o600)
    fresh.write_text(yaml.safe_dump(document, sort_keys=False))
    fresh.replace(path)


def server(path: Path) -> str:
    """The API server's URL in a kubeconfig that `write` made."""
    document = cast("dict[str, list[dict[str, dict[str, str]]]]", yaml.safe_load(path.read_text()))
    return document["clusters"][0]["cluster"]["server"]


def _base64(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()
