"""nginx/nginx.conf in a real nginx, before stand-ins for uwsgi and daphne."""

import json
import shutil
import socket
import tempfile
from collections.abc import Generator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import httpx
import pytest

from components.application.web import real_ip
from tests.files.programs import DEADLINE, FILES, accepts, background, free_port, program, run, wait_until
from tests.files.upstreams import Uwsgi, Websocket, headers_of, read_frame, read_head, serving

PORTS, METRICS = ("8013", "8015"), "8014"


@dataclass(frozen=True)
class Web:
    """A running nginx: the port that stands for each of the configuration's own."""

    ports: dict[str, int]
    configuration: Path

    def get(self, path: str, port: str = "8013", headers: Mapping[str, str] | None = None) -> httpx.Response:
        return self._request("GET", path, port, headers=headers)

    def post(self, path: str, content: bytes) -> httpx.Response:
        return self._request("POST", path, content=content)

    def _request(
        self,
        method: str,
        path: str,
        port: str = "8013",
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
    ) -> httpx.Response:
        url = f"http://127.0.0.1:{self.ports[port]}{path}"
        with httpx.Client(timeout=DEADLINE, trust_env=False) as client:
            return client.request(method, url, headers=headers, content=content)


@contextmanager
def running(proxies: tuple[str, ...] = ()) -> Generator[Web]:
    """nginx with the configuration as web has it; `proxies` are `exposure.trustedProxies`."""
    nginx = program("nginx", "nginx")
    # Workers run as another user when the tests run as root: they must reach the static files.
    folder = Path(tempfile.mkdtemp(prefix="forail-nginx-"))
    folder.chmod(0o755)
    static = folder / "static"
    (static / "forail").mkdir(parents=True)
    (static / "app.css").write_text("body {}")
    (static / "favicon.ico").write_bytes(b"icon")
    ports = {port: free_port() for port in (*PORTS, METRICS, "8050", "8051")}
    text = (FILES / "nginx" / "nginx.conf").read_text()
    replaced = {
        "/var/lib/awx/public/static/": f"{static}/",
        "/tmp/nginx": f"{folder}/nginx",
        "/dev/std": f"{folder}/std",
        "/etc/nginx/real_ip": f"{folder}/real_ip",
        "/etc/nginx/metrics": f"{folder}/metrics",
    }
    metrics = (
        (FILES / "nginx" / "metrics.conf").read_text().replace("listen 8014", f"listen 127.0.0.1:{ports[METRICS]}")
    )
    (folder / "metrics.conf").write_text(metrics.replace("127.0.0.1:8013", f"127.0.0.1:{ports['8013']}"))
    replaced |= {f"listen {port} ": f"listen 127.0.0.1:{ports[port]} " for port in PORTS}
    replaced |= {f"127.0.0.1:{port};": f"127.0.0.1:{ports[port]};" for port in ("8050", "8051")}
    for old, new in replaced.items():
        assert old in text
        text = text.replace(old, new)
    configuration = folder / "nginx.conf"
    configuration.write_text(text)
    if proxies:
        (folder / "real_ip.conf").write_text(real_ip(proxies))
    try:
        with ExitStack() as stack:
            stack.enter_context(serving(ports["8050"], Uwsgi))
            stack.enter_context(serving(ports["8051"], Websocket))
            command = [nginx, "-p", str(folder), "-e", f"{folder}/start", "-c", str(configuration), "-g", "daemon off;"]
            stack.enter_context(background(command, folder / "log"))
            wait_until(lambda: all(accepts(ports[port]) for port in PORTS), f"nginx listens: {folder / 'log'}")
            yield Web(ports, configuration)
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="module")
def web() -> Generator[Web]:
    with running() as server:
        yield server


def test_nginx_finds_no_fault(web: Web) -> None:
    checked = run([program("nginx", "nginx"), "-t", "-q", "-e", "/dev/null", "-c", str(web.configuration)])
    assert (checked.returncode, checked.stderr) == (0, "")


@pytest.mark.parametrize("port", PORTS)
def test_requests_reach_uwsgi_with_their_headers(web: Web, port: str) -> None:
    headers = {"Host": "forail.lan:30443", "X-Forwarded-Proto": "https", "Authorization": "Bearer t"}
    answer = web.get("/api/v2/ping/?a=1", port, headers)
    variables = cast("dict[str, str]", answer.json()["variables"])
    assert variables["PATH_INFO"] == "/api/v2/ping/"
    assert variables["QUERY_STRING"] == "a=1"
    assert variables["HTTP_HOST"] == "forail.lan:30443"
    assert variables["HTTP_X_FORWARDED_PROTO"] == "https"
    assert variables["HTTP_AUTHORIZATION"] == "Bearer t"
    assert "nginx/" not in answer.headers["server"]


def test_metrics_are_asked_by_a_host_that_django_knows(web: Web) -> None:
    """Prometheus asks the pod's address, which is no host of the platform's."""
    answer = web.get("/api/v2/metrics/?a=1", METRICS, {"Authorization": "Bearer t"})
    variables = cast("dict[str, str]", answer.json()["variables"])
    assert variables["HTTP_HOST"] == "localhost"
    assert (variables["PATH_INFO"], variables["QUERY_STRING"]) == ("/api/v2/metrics/", "a=1")
    assert variables["HTTP_AUTHORIZATION"] == "Bearer t"


@pytest.mark.parametrize("path", ["/", "/api/v2/ping/", "/static/app.css"])
def test_nothing_else_is_on_the_port_of_the_metrics(web: Web, path: str) -> None:
    assert web.get(path, METRICS).status_code == 404


def test_without_an_ingress_no_scheme_is_claimed(web: Web) -> None:
    assert "HTTP_X_FORWARDED_PROTO" not in web.get("/").json()["variables"]


def upgrade(web: Web, port: str, path: str, extra: str = "") -> tuple[str, dict[str, str], bytes]:
    """Status line, what daphne was asked, and the echo of one frame."""
    with socket.create_connection(("127.0.0.1", web.ports[port]), timeout=DEADLINE) as stream:
        request = (
            f"GET {path} HTTP/1.1\r\nHost: forail.lan:30443\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n{extra}\r\n"
        )
        stream.sendall(request.encode())
        head = read_head(stream)
        assert headers_of(head)["sec-websocket-accept"] == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
        asked = cast("dict[str, str]", json.loads(read_frame(stream)))
        stream.sendall(b"\x81\x05hello")
        return head.split("\r\n")[0], asked, read_frame(stream)


@pytest.mark.parametrize("port", PORTS)
@pytest.mark.parametrize("path", ["/websocket/", "/api/websocket/", "/websocket/relay/"])
def test_websockets_reach_daphne_on_both_ports(web: Web, port: str, path: str) -> None:
    extra = "X-Forwarded-Proto: https\r\nX-Forwarded-For: 10.9.8.7\r\nsecret: HMAC-SHA256 n:s\r\n"
    status, asked, echoed = upgrade(web, port, path, extra)
    assert status == "HTTP/1.1 101 Switching Protocols"
    assert echoed == b"hello"
    assert asked["path"] == path
    assert asked["host"] == "forail.lan:30443"
    assert asked["x-forwarded-proto"] == "https"
    assert asked["x-forwarded-for"] == "10.9.8.7, 127.0.0.1"
    assert asked["x-real-ip"] == "127.0.0.1"
    assert asked["secret"] == "HMAC-SHA256 n:s"


FORWARDED = {"X-Forwarded-For": "203.0.113.9, 198.51.100.7, 10.1.2.3"}


def test_nobody_is_believed_to_know_the_clients_address(web: Web) -> None:
    assert web.get("/", headers=FORWARDED).json()["variables"]["REMOTE_ADDR"] == "127.0.0.1"


def test_of_what_trusted_proxies_say_the_last_address_that_is_not_theirs_is_the_client() -> None:
    """The first one is whatever the client wrote itself."""
    with running(("127.0.0.0/8", "10.0.0.0/8", "2001:db8::/32")) as server:
        assert server.get("/", headers=FORWARDED).json()["variables"]["REMOTE_ADDR"] == "198.51.100.7"
    with running(("10.0.0.0/8",)) as server:
        assert server.get("/", headers=FORWARDED).json()["variables"]["REMOTE_ADDR"] == "127.0.0.1"


def test_a_websocket_without_an_ingress_claims_no_scheme(web: Web) -> None:
    _, asked, _ = upgrade(web, "8013", "/websocket/")
    assert "x-forwarded-proto" not in asked


def test_bodies_up_to_fifty_megabytes_pass(web: Web) -> None:
    megabyte = b"x" * 1024 * 1024
    passed = web.post("/api/v2/projects/", megabyte * 50)
    assert (passed.status_code, passed.json()["body"]) == (200, 50 * 1024 * 1024)
    assert web.post("/api/v2/projects/", megabyte * 50 + b"x").status_code == 413


def test_static_files_come_from_the_image(web: Web) -> None:
    style = web.get("/static/app.css")
    assert (style.text, style.headers["content-type"]) == ("body {}", "text/css")
    assert web.get("/favicon.ico").content == b"icon"
    assert web.get("/static/absent.css").status_code == 404
    assert web.get("/static/../nginx.conf").json()["variables"]["PATH_INFO"] == "/nginx.conf"


def test_the_liveness_probe_is_answered_without_a_file_and_leaves_no_line(web: Web) -> None:
    folder = web.configuration.parent
    probe = str(FILES / "probes" / "web.sh")
    with (folder / "stderr").open() as errors, (folder / "stdout").open() as accesses:
        for file in (errors, accesses):
            file.read()
        outcome = run(["bash", probe, "live"], {"WEB_PROBE_PORT": str(web.ports["8013"])})
        assert (outcome.returncode, outcome.stderr) == (0, "")
        # Load balancers take nothing but 200 for healthy.
        assert web.get("/nginx/live").status_code == 200
        (folder / "static" / "favicon.ico").rename(folder / "static" / "kept.ico")
        assert web.get("/favicon.ico").status_code == 404
        (folder / "static" / "kept.ico").rename(folder / "static" / "favicon.ico")
        assert errors.read() == ""
        assert "/nginx/live" not in accesses.read()


def test_a_redirect_names_no_host_of_this_pod(web: Web) -> None:
    answer = web.get("/static/forail")
    assert (answer.status_code, answer.headers["location"]) == (301, "/static/forail/")
