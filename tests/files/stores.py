"""Dumps in a folder, stores that they are copied to, and the two scripts that do it, by the pinned rclone."""

import hashlib
import os
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from rehearsal.pins import RCLONE, S3_SERVER
from rehearsal.progress import Progress
from rehearsal.toolchain import built
from tests.files.programs import FILES, accepts, background, free_port, run, wait_until

COPY, FETCH = str(FILES / "backup" / "copy.sh"), str(FILES / "backup" / "fetch.sh")
ACCESS_KEY, SECRET_KEY = "test-access-key", "marker-of-the-secret-key"
PASSWORD = "marker of the password"


@cache
def binary(name: str) -> Path:
    """A pinned program, from the cache or built now."""
    tool = next(tool for tool in (RCLONE, S3_SERVER) if tool.name == name)
    return built(tool, Progress())[name]


def rclone(*arguments: str, **environment: str) -> str:
    """What rclone prints; fails where it fails."""
    outcome = run([str(binary("rclone")), *arguments], {"RCLONE_CONFIG": ""} | environment)
    assert outcome.returncode == 0, outcome.stderr
    return outcome.stdout


def stamp(age: timedelta) -> str:
    """The time so long ago, as a dump's name has it."""
    return f"{datetime.now(UTC) - age:%Y%m%dT%H%M%SZ}"


def write_dump(folder: Path, age: timedelta, content: bytes = b"", *, encrypted_key: bool = False) -> str:
    """A dump so old with its companions; its name."""
    name = f"forail-{stamp(age)}.sql.gz"
    content = content or name.encode() * 100
    (folder / name).write_bytes(content)
    (folder / f"{name}.sha256").write_text(f"{hashlib.sha256(content).hexdigest()}  {name}\n")
    (folder / f"{name}.meta").write_text("database=forail\n")
    if encrypted_key:
        (folder / f"{name}.key.enc").write_text("U2FsdGVkX1\n")
    return name


def companions(*names: str) -> list[str]:
    """The names and what lies beside each, sorted."""
    return sorted(f"{name}{suffix}" for name in names for suffix in ("", ".meta", ".sha256"))


@dataclass(frozen=True)
class Store:
    """A place for copies: how rclone reaches it, and where its files are on this machine."""

    environment: dict[str, str]
    files: Path

    def names(self) -> list[str]:
        """What is there, sorted."""
        return sorted(path.name for path in self.files.iterdir() if path.is_file()) if self.files.is_dir() else []


@dataclass(frozen=True)
class Copying:
    """The pod of a copy: dumps, a store, variables."""

    dumps: Path
    store: Store
    scratch: Path

    def variables(self, **changes: str) -> dict[str, str]:
        """What the pod's containers get."""
        fixed = {
            "PATH": f"{binary('rclone').parent}{os.pathsep}{os.environ['PATH']}",
            "BACKUP_DIR": str(self.dumps),
            "COPIES_RETENTION_DAYS": "30",
            "COPIES_RETENTION_COUNT": "3",
            "TERMINATION_LOG": str(self.scratch / "termination"),
            # One try tells as much as three, and sooner.
            "RCLONE_RETRIES": "1",
            "RCLONE_LOW_LEVEL_RETRIES": "1",
            "RCLONE_CONTIMEOUT": "5s",
        }
        return fixed | self.store.environment | changes

    def copy(self, **changes: str) -> subprocess.CompletedProcess[str]:
        """Runs copy.sh; keyword arguments replace variables."""
        return run(["dash", COPY], self.variables(**changes))

    def fetch(self, dump: str, folder: Path, **changes: str) -> subprocess.CompletedProcess[str]:
        """Runs fetch.sh."""
        return run(["dash", FETCH, dump, str(folder)], self.variables(**changes))


@contextmanager
def s3_server(folder: Path) -> Generator[tuple[int, Path]]:
    """A server that speaks S3; its port, and the folder whose folders are its buckets."""
    port, root = free_port(), folder / "buckets"
    root.mkdir()
    command = [str(binary("versitygw")), "--port", f"127.0.0.1:{port}", "posix", str(root)]
    keys = {"ROOT_ACCESS_KEY": ACCESS_KEY, "ROOT_SECRET_KEY": SECRET_KEY}
    with background(command, folder / "log", keys):
        wait_until(lambda: accepts(port), f"the S3 server, see {folder / 'log'}")
        yield port, root


def s3_environment(port: int, path: str) -> dict[str, str]:
    """How the pod reaches a bucket of the server."""
    return {
        "COPIES_PATH": path,
        "RCLONE_CONFIG_STORE_TYPE": "s3",
        "RCLONE_CONFIG_STORE_PROVIDER": "Other",
        "RCLONE_CONFIG_STORE_ENDPOINT": f"http://127.0.0.1:{port}",
        "RCLONE_CONFIG_STORE_NO_CHECK_BUCKET": "true",
        "RCLONE_CONFIG_STORE_ACCESS_KEY_ID": ACCESS_KEY,
        "RCLONE_CONFIG_STORE_SECRET_ACCESS_KEY": SECRET_KEY,
    }


@contextmanager
def sftp_server(folder: Path) -> Generator[Store]:
    """An SFTP server with a password and without a shell, so that it has no checksums."""
    port, root = free_port(), folder / "root"
    root.mkdir(parents=True)
    command = [str(binary("rclone")), "serve", "sftp", str(root), "--addr", f"127.0.0.1:{port}"]
    # What a test changes in the folder is seen at once.
    command += ["--dir-cache-time", "0s"]
    keys = {"RCLONE_USER": "forail", "RCLONE_PASS": PASSWORD, "RCLONE_CONFIG": "", "HOME": str(folder)}
    with background(command, folder / "log", keys):
        wait_until(lambda: accepts(port), f"the SFTP server, see {folder / 'log'}")
        environment = {
            "COPIES_PATH": "forail",
            "RCLONE_CONFIG_STORE_TYPE": "sftp",
            "RCLONE_CONFIG_STORE_HOST": "127.0.0.1",
            "RCLONE_CONFIG_STORE_PORT": str(port),
            "RCLONE_CONFIG_STORE_USER": "forail",
            "RCLONE_CONFIG_STORE_SHELL_TYPE": "none",
            "STORE_OBSCURED": "PASS",
            "STORE_CLEAR_PASS": PASSWORD,
        }
        yield Store(environment, root / "forail")
