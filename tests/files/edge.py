"""The edge's nginx as its pod runs it: the files that the component mounts, its command and its variables."""

from __future__ import annotations

import json
import shutil
import ssl
import tempfile
import threading
from collections.abc import Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, cast

import httpx

from components.application.frontend import NAME as FRONTEND
from components.application.web import NAME as WEB
from components.edge.nginx import HTTP_PORT, HTTPS_PORT, TLS_FOLDER
from tests.files.names import name_server
from tests.files.programs import DEADLINE, background, free_port, program, unprivileged, wait_until
from tests.files.upstreams import talk
from tests.unit.certificates import certificate
from tests.unit.edge import component
from tests.unit.pods import pods

ZONE = "forail.svc.cluster.example"
"""Search domain of the pod: any namespace, of a cluster with any domain."""
HTTP, WEBSOCKET, PAGE = f"{WEB}:8013", f"{WEB}:8015", f"{FRONTEND}:80"


@dataclass(frozen=True)
class Mounted:
    """What the component puts into its pod."""

    files: Mapping[str, str]
    """Text by path."""
    command: Sequence[str]
    environment: Mapping[str, str]


def mounted(**exposure: Any) -> Mounted:
    """The edge's pod for an `exposure` as a stack file gives it."""
    deployment = component.edge(**exposure)
    data = deployment.one("ConfigMap", "forail-edge").inputs["data"]
    container = pods(deployment)["Deployment/forail-edge"].container()
    files = {path: data[mount["subPath"]] for path, mount in container.mounts.items() if "subPath" in mount}
    return Mounted(files, container.raw["command"], container.env)


class Service(BaseHTTPRequestHandler):
    """Answers with what arrived, as JSON: its own name, the request line, the headers in lower case, the body's size.

    Asked for a websocket, it becomes one.
    """

    protocol_version = "HTTP/1.1"
    name = ""

    def _answer(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        if "upgrade" in headers:
            self.close_connection = True
            talk(self.connection, self.path, {**headers, "service": self.name})
            return
        size = int(self.headers.get("Content-Length", 0))
        left = size
        while left:
            left -= len(self.rfile.read(min(left, 1 << 20)))
        answer = {"service": self.name, "method": self.command, "path": self.path, "headers": headers, "body": size}
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = _answer  # noqa: N815 the names that the standard library asks for

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@contextmanager
def service(name: str) -> Generator[int]:
    """A Service's pod behind a loopback port."""
    handler = cast("type[Service]", type("Named", (Service,), {"name": name}))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


@dataclass(frozen=True)
class Services:
    """What stands behind the edge."""

    ports: Mapping[str, int]
    """The loopback port of each `service:port`."""
    name_server: int
    """The loopback port of the server that knows their names."""


@contextmanager
def services() -> Generator[Services]:
    """The platform's Services, each on a port of its own."""
    names = {f"{name}.{ZONE}" for name in (WEB, FRONTEND)}
    with ExitStack() as stack:
        ports = {name: stack.enter_context(service(name)) for name in (HTTP, WEBSOCKET, PAGE)}
        yield Services(ports, stack.enter_context(name_server(names)))


@dataclass(frozen=True)
class Edge:
    """A running edge."""

    folder: Path
    http: int
    https: int
    process: int

    @property
    def log(self) -> str:
        """What the pod's log would show."""
        return (self.folder / "log").read_text()

    def ask(
        self,
        path: str,
        *,
        method: str = "GET",
        scheme: str = "http",
        host: str = "forail.lan",
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        port: int | None = None,
        address: str = "127.0.0.1",
    ) -> httpx.Response:
        """One request to the port of `scheme`, or to `port`."""
        url = f"{scheme}://{address}:{port or (self.http if scheme == 'http' else self.https)}{path}"
        with httpx.Client(timeout=DEADLINE, trust_env=False, verify=False) as client:
            return client.request(method, url, headers={"Host": host, **(headers or {})}, content=content)

    def answers(self) -> bool:
        """Whether nginx runs."""
        try:
            return self.ask("/nginx/live").status_code == 200
        except httpx.TransportError:
            return False

    def serves(self) -> str:
        """The certificate that clients get, PEM."""
        return ssl.get_server_certificate(("127.0.0.1", self.https))

    def renew(self, leaf: str, key: str) -> None:
        """Another content of the Secret, as the kubelet puts it there: a new folder, then one link that is swapped."""
        put_secret(self.folder / "tls", leaf, key)


def put_secret(folder: Path, leaf: str, key: str) -> None:
    """Writes a Secret's files below `folder` the way the kubelet does."""
    folder.mkdir(exist_ok=True)
    content = Path(tempfile.mkdtemp(dir=folder, prefix="..content"))
    content.chmod(0o755)
    for name, text in (("tls.crt", leaf), ("tls.key", key)):
        (content / name).write_text(text)
        if not (folder / name).is_symlink():
            (folder / name).symlink_to(f"..data/{name}")
    (folder / "..data_tmp").symlink_to(content.name)
    (folder / "..data_tmp").rename(folder / "..data")


@contextmanager
def prepared(services: Services, **exposure: Any) -> Generator[tuple[Edge, list[str], dict[str, str]]]:
    """An edge that does not run yet, and the command and variables that start it."""
    program("nginx", "nginx")
    # Not below pytest's own folder, which another user cannot enter.
    folder = Path(tempfile.mkdtemp(prefix="forail-edge-"))
    edge = Edge(folder, free_port(), free_port(), 0)
    replaced = {
        "/etc/forail/edge": str(folder),
        "/tmp/edge": str(folder / "run"),
        "/dev/std": f"{folder}/std",
        f":{HTTP_PORT};": f":{edge.http};",
        f" {HTTP_PORT};": f" {edge.http};",
        f":{HTTPS_PORT}": f":{edge.https}",
        f" {HTTPS_PORT}": f" {edge.https}",
    }
    for name, at in services.ports.items():
        host, port = name.split(":")
        replaced[f'"{host}.$zone:{port}"'] = f'"{host}.$zone:{at}"'
    pod = mounted(**exposure)
    try:
        for path, text in pod.files.items():
            for old, new in replaced.items():
                text = text.replace(old, new)
            (folder / Path(path).name).write_text(text)
        (folder / "run").mkdir()
        (folder / "resolv.conf").write_text(f"search {ZONE} svc\nnameserver 127.0.0.1:{services.name_server}\n")
        if pod.environment.get("EDGE_CERTIFICATE") == TLS_FOLDER:
            put_secret(folder / "tls", *certificate("forail.lan"))
        for name in ("stdout", "stderr"):
            (folder / name).touch()
        variables = {
            **{name: value.replace("/etc/forail/edge", str(folder)) for name, value in pod.environment.items()},
            "EDGE_RESOLV_CONF": f"{folder}/resolv.conf",
            "EDGE_CHECK_SECONDS": "0.1",
        }
        command = [part.replace("/etc/forail/edge", str(folder)) for part in pod.command]
        yield edge, unprivileged(command, folder, folder / "run", folder / "stdout", folder / "stderr"), variables
    finally:
        shutil.rmtree(folder)


@contextmanager
def running(services: Services, **exposure: Any) -> Generator[Edge]:
    """A running edge for an `exposure` as a stack file gives it."""
    with prepared(services, **exposure) as (edge, command, variables), ExitStack() as stack:
        log = edge.folder / "log"
        process = stack.enter_context(background(command, log, variables))
        # Not only its ports: nginx opens them already where it checks its configuration.
        wait_until(edge.answers, f"the edge answers: {log}")
        yield Edge(edge.folder, edge.http, edge.https, process)
