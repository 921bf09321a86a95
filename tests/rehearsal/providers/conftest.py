"""The stand-in providers, served once, and connections to them."""

from __future__ import annotations

import re
import secrets
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Protocol

import pytest

from rehearsal.providers import serve
from rehearsal.providers.kubernetes.api import Api
from rehearsal.providers.kubernetes.kubeconfig import load
from tests.rehearsal.providers.plugin_client import PluginClient, connected


class ControlPlane(Protocol):
    """What the tests need of the control plane."""

    @property
    def kubeconfig(self) -> Path: ...


@pytest.fixture(scope="session")
def ports() -> Generator[Mapping[str, int]]:
    """The ports of all providers, without strict field validation, as the official ones are."""
    with serve(strict=False) as served:
        yield served


@pytest.fixture
def random(ports: Mapping[str, int]) -> Generator[PluginClient]:
    with connected(ports["random"]) as client:
        client.configure()
        yield client


@pytest.fixture
def tls(ports: Mapping[str, int]) -> Generator[PluginClient]:
    with connected(ports["tls"]) as client:
        client.configure()
        yield client


@pytest.fixture
def kubernetes(ports: Mapping[str, int], control_plane: ControlPlane) -> Generator[PluginClient]:
    """A connection whose provider talks to the real API server."""
    with connected(ports["kubernetes"]) as client:
        client.configure(kubeconfig=str(control_plane.kubeconfig))
        yield client


@pytest.fixture(scope="session")
def api(control_plane: ControlPlane) -> Generator[Api]:
    """The API server itself, for what a user or a controller would do."""
    client = Api(load(str(control_plane.kubeconfig)))
    yield client
    client.close()


@pytest.fixture
def namespace(api: Api, request: pytest.FixtureRequest) -> Generator[str]:
    """A namespace of the test's own; its deletion goes on in the background."""
    stem = re.sub(r"[^a-z0-9]+", "-", request.node.name.lower()).strip("-")[:40]
    name = f"{stem}-{secrets.token_hex(3)}"
    body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
    api.request("POST", "/api/v1/namespaces", body=body)
    yield name
    api.request("DELETE", f"/api/v1/namespaces/{name}")
