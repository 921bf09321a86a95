"""redis/start.sh, redis.conf and probe.sh with a real Redis."""

import os
import shutil
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.files.programs import FILES, background, free_port, program, run, stand_in, wait_until

FOLDER = FILES / "redis"
PASSWORD = "pass/word+with@many:signs#and$so%on!"


@dataclass(frozen=True)
class Redis:
    """A server started by start.sh."""

    port: int
    process: int
    runtime: Path
    data: Path

    def ask(self, *words: str, password: str = PASSWORD) -> str:
        variables = {"REDISCLI_AUTH": password}
        return run(["redis-cli", "--no-auth-warning", "-p", str(self.port), *words], variables).stdout.strip()

    def probe(self, mode: str, password: str = PASSWORD) -> int:
        variables = {"REDISCLI_AUTH": password, "REDIS_PROBE_PORT": str(self.port)}
        return run(["dash", str(FOLDER / "probe.sh"), mode], variables).returncode


@pytest.fixture
def redis(tmp_path: Path) -> Generator[Redis]:
    program("redis-server", "redis-server")
    program("redis-cli", "redis-tools")
    port, runtime, data = free_port(), tmp_path / "runtime", tmp_path / "data"
    runtime.mkdir()
    data.mkdir()
    # Redis enters the data folder as soon as it reads the line.
    configuration = tmp_path / "redis.conf"
    text = (FOLDER / "redis.conf").read_text()
    assert "\ndir /data\n" in text
    configuration.write_text(text.replace("\ndir /data\n", f"\ndir {data}\n"))
    variables = {
        "REDIS_PASSWORD": PASSWORD,
        "REDIS_RUNTIME_DIR": str(runtime),
        "REDIS_CONFIG": str(configuration),
    }
    command = ["dash", str(FOLDER / "start.sh"), "--port", str(port)]
    with background(command, tmp_path / "log", variables) as process:
        server = Redis(port, process, runtime, data)
        wait_until(lambda: server.ask("ping") == "PONG", f"Redis answers; see {tmp_path / 'log'}")
        yield server


def test_the_password_is_needed_and_on_no_command_line(redis: Redis) -> None:
    assert redis.ask("ping", password="wrong") != "PONG"
    process = Path(f"/proc/{redis.process}")
    assert b"redis-server" in (process / "cmdline").read_bytes()
    assert PASSWORD.encode() not in (process / "cmdline").read_bytes()
    assert (redis.runtime / "auth.conf").stat().st_mode & 0o777 == 0o600


def test_the_server_does_not_inherit_the_password(tmp_path: Path) -> None:
    stand_in(tmp_path / "bin", "redis-server", '#!/bin/sh\nenv\necho "arguments $*"\n')
    variables = {
        "PATH": f"{tmp_path}/bin:{os.environ['PATH']}",
        "REDIS_PASSWORD": PASSWORD,
        "REDISCLI_AUTH": PASSWORD,
        "REDIS_RUNTIME_DIR": str(tmp_path),
    }
    outcome = run(["dash", str(FOLDER / "start.sh")], variables)
    assert f"arguments /etc/redis/redis.conf --include {tmp_path}/auth.conf" in outcome.stdout
    assert PASSWORD not in outcome.stdout


def test_what_is_stored_survives_and_is_never_evicted(redis: Redis) -> None:
    assert redis.ask("config", "get", "appendonly").splitlines() == ["appendonly", "yes"]
    assert redis.ask("config", "get", "maxmemory-policy").splitlines() == ["maxmemory-policy", "noeviction"]


def test_the_probe_wants_pong_and_nothing_else(redis: Redis) -> None:
    assert redis.probe("ready") == 0
    assert redis.probe("live") == 0
    assert redis.probe("ready", password="wrong") == 1
    assert redis.probe("live", password="wrong") == 1


def test_a_server_that_loads_its_data_is_alive_but_not_ready(tmp_path: Path) -> None:
    stand_in(tmp_path / "bin", "redis-cli", "#!/bin/sh\necho 'LOADING Redis is loading the dataset in memory'\n")
    variables = {"PATH": f"{tmp_path}/bin:{os.environ['PATH']}"}
    assert run(["dash", str(FOLDER / "probe.sh"), "live"], variables).returncode == 0
    outcome = run(["dash", str(FOLDER / "probe.sh"), "ready"], variables)
    assert outcome.returncode == 1
    assert "expected PONG, got: LOADING" in outcome.stderr


def test_a_server_that_cannot_write_to_its_disk_is_alive_but_not_ready(redis: Redis) -> None:
    shutil.rmtree(redis.data)
    redis.ask("bgsave")
    wait_until(lambda: redis.ask("ping").startswith("MISCONF"), "Redis notices its disk")
    assert redis.probe("ready") == 1
    assert redis.probe("live") == 0
    # It would refuse to end, because it cannot save.
    redis.ask("shutdown", "nosave", "force")


@pytest.mark.parametrize("password", ["", 'x"z', "x'z", "x\\z", "x z", "x\nz", "x\tz", "äx"])
def test_a_password_that_the_configuration_cannot_hold_is_refused(tmp_path: Path, password: str) -> None:
    variables = {"REDIS_PASSWORD": password, "REDIS_RUNTIME_DIR": str(tmp_path)}
    outcome = run(["dash", str(FOLDER / "start.sh")], variables)
    assert outcome.returncode == 1
    assert outcome.stderr.startswith("redis start: REDIS_PASSWORD ")
    assert not password or password not in outcome.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_named() -> None:
    for folder in ("", "/absent"):
        outcome = run(["dash", str(FOLDER / "start.sh")], {"REDIS_PASSWORD": "abc", "REDIS_RUNTIME_DIR": folder})
        assert outcome.returncode == 1
        assert "REDIS_RUNTIME_DIR" in outcome.stderr
