"""A new Redis password, as the program orders its steps, on a real Redis: killed after each of them and run again.

Pods are the processes that matter of them: the server with start.sh, and a client with the password that its pod reads.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.files.programs import background, free_port, program, wait_until
from tests.files.test_redis import FOLDER, Redis
from tests.unit.pods import pods
from tests.unit.stacks import alone

# By what a pod reads: the name of the Secret, which the program takes from its value.
PASSWORDS = {"former": "old+password", "new": "new+password"}
SERVER = "Deployment/forail-redis"
CLIENTS = ("Job/forail-init", "Deployment/forail-web", "Deployment/forail-task")


def order() -> list[str]:
    """Who reads the password, each after everything that it waits for."""
    deployment = alone().deploy()
    secret = deployment.one("Secret", "forail-redis-password")
    found = pods(deployment)
    readers = [
        label
        for label, pod in found.items()
        # A CronJob's pods are made later, with the Secret that it then names.
        if not label.startswith("CronJob/")
        and any(
            value.startswith(f"secret:{secret.object_name}/") for each in pod.containers for value in each.env.values()
        )
    ]
    resources = {label: deployment.one(*label.split("/")) for label in readers}
    assert all(deployment.depends_on(item, secret) for item in resources.values())
    waits = {
        label: {other for other, before in resources.items() if deployment.depends_on(item, before)}
        for label, item in resources.items()
    }
    return sorted(readers, key=lambda label: (len(waits[label]), label))


@dataclass
class Cluster:
    """One server and its clients, each with the password that its pod was made with."""

    port: int
    folder: Path
    running: ExitStack = field(default_factory=ExitStack)
    reads: dict[str, str] = field(default_factory=dict[str, str])
    server: Redis | None = None

    def roll(self, label: str, secret: str) -> None:
        """Makes the pod anew, unless it is of this Secret already."""
        if self.reads.get(label) == secret:
            return
        self.reads[label] = secret
        if label == SERVER:
            self.running.close()
            self.server = self.running.enter_context(serving(self.folder, self.port, PASSWORDS[secret]))

    def connects(self, label: str) -> bool:
        """Whether the pod's client may use the server."""
        assert self.server is not None
        return self.server.ask("get", "kept", password=PASSWORDS[self.reads[label]]) == "events of a running job"


@contextmanager
def serving(folder: Path, port: int, password: str) -> Generator[Redis]:
    variables = {
        "REDIS_PASSWORD": password,
        "REDIS_RUNTIME_DIR": str(folder),
        "REDIS_CONFIG": str(folder / "redis.conf"),
    }
    with background(["dash", str(FOLDER / "start.sh"), "--port", str(port)], folder / "log", variables) as process:
        server = Redis(port, process, folder, folder / "data")
        wait_until(lambda: server.ask("ping", password=password) == "PONG", f"Redis answers; see {folder / 'log'}")
        yield server


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    program("redis-server", "redis-server")
    program("redis-cli", "redis-tools")
    (tmp_path / "data").mkdir()
    text = (FOLDER / "redis.conf").read_text()
    (tmp_path / "redis.conf").write_text(text.replace("\ndir /data\n", f"\ndir {tmp_path}/data\n"))
    made = Cluster(free_port(), tmp_path)
    for label in (SERVER, *CLIENTS):
        made.roll(label, "former")
    assert made.server is not None
    assert made.server.ask("set", "kept", "events of a running job", password=PASSWORDS["former"]) == "OK"
    with made.running:
        yield made


def test_the_server_comes_first_then_init_then_who_keeps_running() -> None:
    found = order()
    assert found[:2] == [SERVER, CLIENTS[0]]
    assert set(found[2:]) == set(CLIENTS[1:])


@pytest.mark.parametrize("done", range(len(CLIENTS) + 2))
def test_killed_after_any_step_the_next_run_ends_with_one_password_everywhere(cluster: Cluster, done: int) -> None:
    steps = order()
    for label in steps[:done]:
        cluster.roll(label, "new")
    # Killed: whoever has the server's password works, and the others come back with theirs, for no Secret is gone yet.
    for label in CLIENTS:
        assert cluster.connects(label) == (cluster.reads[label] == cluster.reads[SERVER]), label
    for label in steps:
        cluster.roll(label, "new")
    assert set(cluster.reads.values()) == {"new"}
    assert all(map(cluster.connects, CLIENTS)), "what Redis kept came along"
    assert cluster.server is not None
    assert cluster.server.ask("ping", password=PASSWORDS["former"]) != "PONG"
    assert cluster.server.probe("ready", password=PASSWORDS["new"]) == 0


@pytest.mark.parametrize("secret", ["redis-password", "broadcast-websocket-secret"])
def test_every_pod_reads_the_one_secret_of_the_epoch(secret: str) -> None:
    """Of the websocket secret nothing is kept anywhere: who has the same one talk to each other."""
    rotated = alone().deploy(rotation={"redisPassword": 2, "forailBroadcastWebsocketSecret": 2})
    made = [item for item in rotated.all("Secret") if item.name == f"forail-{secret}"]
    variable = {"redis-password": "REDIS_PASSWORD", "broadcast-websocket-secret": "FORAIL_BROADCAST_WEBSOCKET_SECRET"}[
        secret
    ]
    read = {
        value
        for pod in pods(rotated).values()
        for each in pod.containers
        for name, value in each.env.items()
        if name == variable
    }
    assert read == {f"secret:{made[0].object_name}/value"}
    assert len(made) == 1
