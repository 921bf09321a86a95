"""probes/web.sh against real HTTP servers, probes/task.sh against real processes and sockets."""

import socket
import socketserver
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import cast

import pytest

from tests.files.programs import FILES, background, free_port, run, wait_until
from tests.files.upstreams import headers_of, read_head, serving

PING = '{"ha":false,"version":"2026.7.1","instances":[]}'


def web(mode: str, port: int, seconds: int = 60) -> tuple[int, str]:
    variables = {"WEB_PROBE_PORT": str(port), "WEB_PROBE_SECONDS": str(seconds), "http_proxy": "http://127.0.0.1:1"}
    outcome = run(["bash", str(FILES / "probes" / "web.sh"), mode], variables)
    return outcome.returncode, outcome.stderr


def answering(status: str, body: str) -> type[socketserver.BaseRequestHandler]:
    """A server that gives this answer to the one request that Forail would accept, and 400 to any other."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            stream = cast("socket.socket", self.request)
            head = read_head(stream)
            right = head.startswith("GET /api/v2/ping/ ") and headers_of(head).get("host") == "localhost"
            line = status if right else "400 Bad Request"
            stream.sendall(f"HTTP/1.1 {line}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())

    return Handler


@pytest.mark.parametrize(
    ("status", "body", "ready", "said"),
    [
        ("200 OK", PING, 0, ""),
        ("200 OK", PING.replace(":", " : ") + "\n", 0, ""),
        ("302 Found\r\nLocation: /ui_legacy/migrations_notran/", PING, 1, "answers 302 instead of 200"),
        ("500 Internal Server Error", "", 1, "answers 500 instead of 200"),
        ("200 OK", "<html>version</html>", 1, "without the API's version"),
        ("200 OK", "", 1, "without the API's version"),
        ("204 No Content", PING, 1, "answers 204"),
    ],
)
def test_web_is_ready_on_exactly_200_with_a_version_and_alive_on_any_answer(
    status: str, body: str, ready: int, said: str
) -> None:
    port = free_port()
    with serving(port, answering(status, body)):
        code, printed = web("ready", port)
        assert (code, said in printed) == (ready, True)
        assert web("live", port) == (0, "")


def test_web_that_refuses_or_never_answers_is_neither_ready_nor_alive() -> None:
    refused = free_port()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        for port in (refused, int(silent.getsockname()[1])):
            for mode in ("ready", "live"):
                code, printed = web(mode, port, seconds=1)
                assert code == 1
                assert "no answer from" in printed


def test_web_whose_api_waits_for_its_database_is_alive_but_not_ready() -> None:
    class Waiting(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            stream = cast("socket.socket", self.request)
            if read_head(stream).startswith("GET /api/"):
                stream.recv(1)
            stream.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

    port = free_port()
    with serving(port, Waiting):
        assert web("ready", port, seconds=1)[0] == 1
        assert web("live", port, seconds=1) == (0, "")


def test_a_wrong_mode_is_a_usage_error() -> None:
    assert web("healthy", 1)[0] == 2


COMMANDS = {
    "receptor": ["receptor", "--config", "/etc/receptor/receptor.conf"],
    "run_dispatcher": ["python", "/usr/bin/forail-manage", "run_dispatcher"],
    "run_callback_receiver": ["python", "/usr/bin/forail-manage", "run_callback_receiver"],
}


def task(tmp_path: Path, names: list[str], *, listening: bool) -> tuple[int, str]:
    """The probe's verdict beside processes that look like the named ones."""
    # Only these processes count: another task pod's could run on this machine too.
    proc, control = tmp_path / "proc", tmp_path / "receptor.sock"
    proc.mkdir()
    python = Path(sys.executable).resolve()
    with ExitStack() as stack:
        for name in names:
            # bash gives the sleeping process the argument list of the program that it stands for.
            command = COMMANDS[name]
            script = f"exec -a {command[0]} {python} -c 'import time; time.sleep(600)' {' '.join(command[1:])}"
            process = stack.enter_context(background(["bash", "-c", script], tmp_path / "log"))
            cmdline = Path(f"/proc/{process}/cmdline")
            wait_until(lambda path=cmdline: b"time.sleep(600)\0" in path.read_bytes(), f"{name} runs")
            (proc / str(process)).symlink_to(f"/proc/{process}")
        (proc / "999999999").symlink_to("/proc/999999999")
        if listening:
            server = stack.enter_context(socket.socket(socket.AF_UNIX))
            server.bind(str(control))
        else:
            control.write_text("")
        variables = {"TASK_PROBE_PROC": str(proc), "TASK_PROBE_SOCKET": str(control)}
        outcome = run(["bash", str(FILES / "probes" / "task.sh")], variables)
    return outcome.returncode, outcome.stderr


def test_task_with_all_its_processes_and_the_socket_is_ready(tmp_path: Path) -> None:
    assert task(tmp_path, list(COMMANDS), listening=True) == (0, "")


@pytest.mark.parametrize("missing", COMMANDS)
def test_task_without_one_of_its_processes_is_not(tmp_path: Path, missing: str) -> None:
    code, printed = task(tmp_path, [name for name in COMMANDS if name != missing], listening=True)
    assert (code, printed) == (1, f"task probe: not running: {missing}\n")


def test_task_without_receptors_socket_is_not(tmp_path: Path) -> None:
    code, printed = task(tmp_path, list(COMMANDS), listening=False)
    assert code == 1
    assert "no control socket" in printed


@pytest.mark.parametrize("probe", ["web.sh", "task.sh"])
def test_no_probe_starts_forail_manage(probe: str) -> None:
    lines = (FILES / "probes" / probe).read_text().splitlines()
    assert not [line for line in lines if "forail-manage" in line and not line.startswith("#")]
