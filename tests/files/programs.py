"""Real programs for the tests of components/files: where they are, how they are run, when they are ready."""

import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

FILES = Path(__file__).resolve().parents[2] / "components" / "files"
DEADLINE = 60.0
"""Seconds until a condition that must come true is given up; far beyond what any of them takes."""


def program(name: str, package: str, *folders: str) -> str:
    """The path of a program; fails the test with the name of its Debian package when it is not installed."""
    path = shutil.which(name, path=os.pathsep.join([*folders, os.environ["PATH"], "/usr/sbin", "/sbin"]))
    if path is None:
        pytest.fail(f"{name} is not installed: apt-get install {package}")
    return path


def free_port() -> int:
    """A TCP port that nothing listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(condition: Callable[[], bool], what: str) -> None:
    """Polls until the condition holds; fails, naming what was waited for, when it never does."""
    deadline = time.monotonic() + DEADLINE
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail(f"gave up waiting: {what}")
        time.sleep(0.02)


def accepts(port: int) -> bool:
    """Whether something accepts connections on the loopback port."""
    with socket.socket() as client:
        client.settimeout(DEADLINE)
        return client.connect_ex(("127.0.0.1", port)) == 0


def run(
    command: list[str], environment: Mapping[str, str] | None = None, standard_input: str | None = None
) -> subprocess.CompletedProcess[str]:
    """Runs a command with exactly the given variables and PATH, and captures what it prints."""
    variables = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", **(environment or {})}
    return subprocess.run(
        command, env=variables, input=standard_input, capture_output=True, text=True, timeout=120, check=False
    )


@contextmanager
def background(command: list[str], log: Path, environment: Mapping[str, str] | None = None) -> Generator[int]:
    """A running process, yielded as its id and ended with the block."""
    variables = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", **(environment or {})}
    with log.open("ab") as output:
        # A shell starts its background jobs with these two ignored, and no script below could then hear them.
        heard = [program("env", "coreutils"), "--default-signal=INT,QUIT", *command]
        process = subprocess.Popen(heard, env=variables, stdout=output, stderr=subprocess.STDOUT)
    try:
        yield process.pid
    finally:
        process.terminate()
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def unprivileged(command: list[str], *owned: Path) -> list[str]:
    """The command as another user when the tests run as root, for servers that refuse root; it then owns the paths."""
    if os.geteuid() != 0:
        return command
    user = pwd.getpwnam("nobody")
    for path in owned:
        os.chown(path, user.pw_uid, user.pw_gid)
    setpriv = program("setpriv", "util-linux")
    return [setpriv, f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups", *command]


def stand_in(folder: Path, name: str, body: str) -> None:
    """Puts an executable script on a folder that a test prepends to PATH."""
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(body)
    path.chmod(0o755)


# Sourced by every bash before its script: does something when the script is about to run the command.
_AT_COMMAND = """
trap 'if [[ $BASH_COMMAND == "$AT_COMMAND"* ]]; then eval "$THEN"; fi' DEBUG
"""


def at_command(hook: Path, begins: str, action: str) -> dict[str, str]:
    """The variables with which a bash script does something before a command that begins so; `hook` is written."""
    hook.write_text(_AT_COMMAND)
    return {"BASH_ENV": str(hook), "AT_COMMAND": begins, "THEN": action}
