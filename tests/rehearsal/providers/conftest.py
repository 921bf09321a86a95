"""The stand-in providers, served once, and connections to them."""

from __future__ import annotations

import re
import secrets
import subprocess
from collections.abc import Generator, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from rehearsal.kubernetes.api import Api
from rehearsal.pins import OFFICIAL_PROVIDER
from rehearsal.plugins import Choice
from rehearsal.progress import Progress
from rehearsal.providers import serve
from rehearsal.toolchain import built
from tests.rehearsal.providers.engine_log import engine_log
from tests.rehearsal.providers.plugin_client import PluginClient, connected
from tests.rehearsal.rehearsed import Cluster


@dataclass
class _OfficialPorts(Mapping[str, int]):
    """Ports of the stand-ins, but for Kubernetes that of an official provider: a process for each time it is asked for,
    as each engine has one.
    """

    stand_ins: Mapping[str, int]
    binary: Path
    engine: str
    running: ExitStack

    def __getitem__(self, provider: str) -> int:
        if provider != "kubernetes":
            return self.stand_ins[provider]
        # Without the address of an engine it serves whoever connects, and needs one to log to.
        process = self.running.enter_context(subprocess.Popen([self.binary], stdout=subprocess.PIPE, text=True))
        self.running.callback(process.kill)
        assert process.stdout is not None
        port = int(process.stdout.readline())
        with connected(port) as client:
            client.attach(self.engine)
        return port

    def __iter__(self) -> Iterator[str]:
        return iter(self.stand_ins)

    def __len__(self) -> int:
        return len(self.stand_ins)


@pytest.fixture(scope="session")
def stand_ins() -> Generator[Mapping[str, int]]:
    """The ports of the stand-ins, without strict field validation, as the official ones are."""
    with serve(strict=False) as served:
        yield served


@pytest.fixture
def ports(stand_ins: Mapping[str, int]) -> Generator[Mapping[str, int]]:
    """The ports of the stand-ins; where FORAIL_REHEARSAL_PROVIDERS says `built`, Kubernetes is the official one."""
    if Choice.of_environment() is not Choice.BUILT:
        yield stand_ins
        return
    (binary,) = built(OFFICIAL_PROVIDER, Progress()).values()
    with ExitStack() as running, engine_log() as (address, _):
        yield _OfficialPorts(stand_ins, binary, address, running)


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
def kubernetes(ports: Mapping[str, int], control_plane: Cluster) -> Generator[PluginClient]:
    """A connection whose provider talks to the real API server."""
    with connected(ports["kubernetes"]) as client:
        client.configure(kubeconfig=str(control_plane.kubeconfig))
        yield client


@pytest.fixture(scope="session")
def api(control_plane: Cluster) -> Api:
    """The API server itself, for what a user or a controller would do."""
    return control_plane.api


@pytest.fixture
def namespace(api: Api, request: pytest.FixtureRequest) -> Generator[str]:
    """A namespace of the test's own; its deletion goes on in the background."""
    stem = re.sub(r"[^a-z0-9]+", "-", request.node.name.lower()).strip("-")[:40]
    name = f"{stem}-{secrets.token_hex(3)}"
    body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
    api.request("POST", "/api/v1/namespaces", body=body)
    yield name
    api.request("DELETE", f"/api/v1/namespaces/{name}")
