"""A platform that answers as Forail 2026.07.1 does, small enough to break in one place at a time.

It refuses what the real one refuses: an unknown Host, a POST without CSRF token or from another origin, a websocket
without a session, a wrong password or token. What stands behind the Ingress has a port for each Service.
"""

import base64
import hashlib
import json
import ssl
import struct
import threading
from collections.abc import Generator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

from tests.files.upstreams import WEBSOCKET_GUID

PASSWORD, TOKEN = "PlantedPassword0&=%", "PlantedToken0123456789abcdefghij"
SERVICES = ("web", "websocket", "frontend", "opa", "assistant")
# As the Ingress has them, and in its order.
ROUTES = {
    "/api": "web",
    "/admin": "web",
    "/sso": "web",
    "/websocket": "websocket",
    "/static/forail": "frontend",
    "/static": "web",
    "/": "frontend",
}
API_PAGE = '<html><link rel="stylesheet" href="/static/rest_framework/css/bootstrap.min.css"></html>'
APP_PAGE = '<html><script type="module" src="/static/forail/assets/index-1a2b.js"></script></html>'


def node(name: str = "forail-node", **changes: object) -> dict[str, Any]:
    """A healthy node, as a list of instances has it."""
    healthy = {"hostname": name, "node_type": "hybrid", "node_state": "ready", "enabled": True, "errors": ""}
    return {**healthy, "version": "2026.7.1", "capacity": 57, **changes}


@dataclass
class Answer:
    """A whole response."""

    status: int = 200
    body: bytes = b""
    kind: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()

    @staticmethod
    def of(document: object, status: int = 200) -> "Answer":
        """JSON."""
        return Answer(status, json.dumps(document).encode())

    @staticmethod
    def page(text: str, status: int = 200) -> "Answer":
        """HTML."""
        return Answer(status, text.encode(), "text/html; charset=utf-8")


REDIRECT = Answer(302, headers=(("Location", "/ui_legacy/migrations_notran/"),))
SILENCE = Answer(0)
"""Not an answer: the connection stays open and nothing comes."""
HANG_UP = Answer(-1)
"""Not an answer: the connection is closed."""


@dataclass
class Forail:
    """The platform's state; a test changes it before it asks."""

    hosts: list[str] = field(default_factory=lambda: ["forail.example.com"])
    trusted_origins: list[str] = field(default_factory=lambda: ["https://forail.example.com"])
    secure_cookies: bool = True
    arriving_host: str | None = None
    """The Host header that a proxy makes of the public one; None passes it on."""
    password: str = PASSWORD
    token: str = TOKEN
    version: str = "2026.7.1"
    nodes: list[dict[str, Any]] = field(default_factory=lambda: [node()])
    container_group: bool = False
    members: dict[str, list[str]] = field(
        default_factory=lambda: {"controlplane": ["forail-node"], "default": ["forail-node"]}
    )
    organizations: list[str] = field(default_factory=lambda: ["Default", "forail-canary"])
    job: list[dict[str, Any]] = field(
        default_factory=lambda: [
            {"status": "pending", "job_explanation": ""},
            {"status": "successful", "event_processing_finished": True, "execution_node": "forail-node"},
        ]
    )
    """What each look at the job shows; the last stays."""
    websocket: int = 101
    first_message: bytes | None = b'{"accept": true, "user": 1}'
    wrong_digest: bool = False
    instead: dict[str, Answer | list[Answer]] = field(default_factory=dict[str, "Answer | list[Answer]"])
    """Whole answers by path; of a list, each once, and then the path's own."""
    silent: threading.Event = field(default_factory=threading.Event)
    """Set, what keeps silent ends."""
    sessions: set[str] = field(default_factory=set[str])
    requests: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    """Service and path of everything that was asked, in order."""
    csrf_tokens: int = 0

    def listed(self, items: list[dict[str, Any]]) -> Answer:
        """A list of the API."""
        return Answer.of({"count": len(items), "next": None, "results": items})

    def ping(self) -> Answer:
        """What the API says of itself to everyone."""
        groups = [{"name": name, "capacity": 57, "instances": names} for name, names in self.members.items()]
        return Answer.of(
            {"ha": False, "version": self.version, "active_node": "forail-node", "instance_groups": groups}
        )

    def next_csrf_token(self) -> str:
        """Another one for each page, as a sign-in rotates it."""
        self.csrf_tokens += 1
        return f"csrf{self.csrf_tokens}"

    def with_session(self) -> Mapping[str, Answer]:
        """What an administrator sees."""
        collector = {"enabled": True, "exporter_endpoint": "http://forail-otel-collector:4317"}
        return {
            "/api/v2/me/": self.listed([{"id": 1, "username": "admin"}]),
            "/api/v2/observability/": Answer.of({**collector, "collector_healthy": True}),
        }

    def with_token(self, path: str, query: str) -> Answer:
        """What the token's user sees."""
        number = 7
        if path == f"/api/v2/system_jobs/{number}/":
            state = self.job[0] if len(self.job) == 1 else self.job.pop(0)
            return Answer.of({"id": number, "job_type": "cleanup_sessions", **state})
        named = [{"id": 1, "name": name} for name in self.organizations if f"name={name}" in query]
        groups = [
            {"name": name, "is_container_group": name == "default" and self.container_group} for name in self.members
        ]
        found = {
            "/api/v2/me/": self.listed([{"id": 2, "username": "forail-operator"}]),
            "/api/v2/instances/": self.listed(self.nodes),
            "/api/v2/instance_groups/": self.listed(groups),
            "/api/v2/organizations/": self.listed(named),
            "/api/v2/system_job_templates/": self.listed([{"id": 3}] if "job_type=cleanup_sessions" in query else []),
            "/api/v2/system_job_templates/3/launch/": Answer.of({"system_job": number}, 201),
            f"/api/v2/system_jobs/{number}/cancel/": Answer(202),
        }
        return found.get(path, Answer.of({"detail": "Not found."}, 404))


class _Handler(BaseHTTPRequestHandler):
    """One connection to one Service, or to the Ingress in front of them."""

    protocol_version = "HTTP/1.1"
    forail: Forail
    service: str

    def do_GET(self) -> None:
        """A request without a body."""
        self._answer(b"")

    def do_POST(self) -> None:
        """A request with one."""
        self._answer(self.rfile.read(int(self.headers.get("Content-Length") or 0)))

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: pytest's output is not the place."""

    def _answer(self, body: bytes) -> None:
        path, _, query = self.path.partition("?")
        service = self.service
        if service == "ingress":
            prefixes = [prefix for prefix in ROUTES if path == prefix or path.startswith(f"{prefix.rstrip('/')}/")]
            service = ROUTES[max(prefixes, key=len)]
        self.forail.requests.append((service, path))
        instead = self.forail.instead.get(path)
        if isinstance(instead, list):
            instead = instead.pop(0) if instead else None
        if instead is None and service == "websocket":
            self._websocket()
            return
        self._send(instead or self._own(service, path, query, body))

    def _send(self, answer: Answer) -> None:
        if answer is SILENCE:
            self.forail.silent.wait()
        if answer in (SILENCE, HANG_UP):
            self.close_connection = True
            return
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.kind)
        self.send_header("Content-Length", str(len(answer.body)))
        for name, value in answer.headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body)

    def _own(self, service: str, path: str, query: str, body: bytes) -> Answer:
        """What a whole platform answers."""
        if service == "opa":
            return Answer.of({"result": {"deny": []}} if path == "/v1/data/forail/launch" and body else {})
        if service == "assistant":
            return Answer.of({"status": "ok", "model": "gemma3:1b", "ollama": "ok", "chromadb": "ok"})
        if path.startswith("/static/"):
            known = ("/static/rest_framework/css/bootstrap.min.css", "/static/forail/assets/index-1a2b.js")
            return Answer(body=b"x" * 64, kind="text/plain") if path in known else Answer(404, kind="text/html")
        if service == "frontend":
            return Answer.page(APP_PAGE)
        # The application refuses other hosts; nginx before it does not.
        if self._host().partition(":")[0] not in self.forail.hosts:
            return Answer.page("<h1>Bad Request (400)</h1>", 400)
        return self._api(path, query, body)

    def _api(self, path: str, query: str, body: bytes) -> Answer:
        authorization = self.headers.get("Authorization")
        if path == "/api/v2/ping/":
            return self.forail.ping()
        if path == "/api/login/":
            return self._login(body) if self.command == "POST" else self._login_page(Answer.page(API_PAGE))
        if path == "/api/logout/":
            self.forail.sessions.discard(self._cookie("awx_sessionid"))
            return Answer(302) if self._csrf_holds({}) else Answer.page("Forbidden", 403)
        if authorization == f"Bearer {self.forail.token}":
            return self.forail.with_token(path, query)
        if authorization is None and self._cookie("awx_sessionid") in self.forail.sessions:
            return self.forail.with_session().get(path, Answer.of({}, 404))
        return Answer.of({"detail": "Authentication credentials were not provided."}, 401)

    def _login_page(self, answer: Answer) -> Answer:
        answer.headers += (("Set-Cookie", self._set_cookie("csrftoken", self.forail.next_csrf_token())),)
        return answer

    def _set_cookie(self, name: str, value: str) -> str:
        return f"{name}={value}; Path=/; SameSite=Lax{'; Secure' if self.forail.secure_cookies else ''}"

    def _login(self, body: bytes) -> Answer:
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        if not self._csrf_holds(form):
            return Answer.page("<h1>Forbidden (403)</h1><p>CSRF verification failed.</p>", 403)
        if (form.get("username"), form.get("password")) != ("admin", self.forail.password):
            return Answer.page(API_PAGE, 401)
        session = f"session{len(self.forail.sessions)}"
        self.forail.sessions.add(session)
        answer = Answer(302, headers=(("Location", "/api/"), ("X-API-Session-Cookie-Name", "awx_sessionid")))
        answer.headers += (("Set-Cookie", self._set_cookie("awx_sessionid", session)),)
        return self._login_page(answer)

    def _csrf_holds(self, form: Mapping[str, str]) -> bool:
        """As Django 4.2: the origin first, by TLS the referrer where there is none, then the token."""
        tls = self.headers.get("X-Forwarded-Proto") == "https" or (self.service == "ingress" and self._is_tls())
        own = f"{'https' if tls else 'http'}://{self._host()}"
        origin, referrer = self.headers.get("Origin"), urlsplit(self.headers.get("Referer") or "")
        if origin is not None:
            good = origin == own or origin in self.forail.trusted_origins
        else:
            good = not tls or f"{referrer.scheme}://{referrer.netloc}" in (own, *self.forail.trusted_origins)
        given = self.headers.get("X-CSRFToken") or form.get("csrfmiddlewaretoken")
        return good and bool(given) and given == self._cookie("csrftoken")

    def _host(self) -> str:
        return self.forail.arriving_host or self.headers.get("Host") or ""

    def _is_tls(self) -> bool:
        return isinstance(self.connection, ssl.SSLSocket)

    def _cookie(self, name: str) -> str:
        morsel = SimpleCookie(self.headers.get("Cookie") or "").get(name)
        return "" if morsel is None else morsel.value

    def _websocket(self) -> None:
        forail, key = self.forail, self.headers.get("Sec-WebSocket-Key") or ""
        status = forail.websocket if self._cookie("awx_sessionid") in forail.sessions else 403
        if self.path != "/websocket/" or self.headers.get("Upgrade") != "websocket":
            status = 404
        if status != 101:
            self._send(Answer.page("", status))
            return
        digest = base64.b64encode(hashlib.sha1((key + WEBSOCKET_GUID).encode()).digest()).decode()
        self.send_response(101)
        for name, value in (("Upgrade", "websocket"), ("Connection", "Upgrade")):
            self.send_header(name, value)
        self.send_header("Sec-WebSocket-Accept", "bm90IGl0" if forail.wrong_digest else digest)
        self.end_headers()
        # A ping first, as daphne may send one; without a message, a close.
        message = forail.first_message
        frame = b"\x88\x00" if message is None else struct.pack("!BB", 0x81, len(message)) + message
        self.wfile.write(b"\x89\x00" + frame)
        self.wfile.flush()
        self.rfile.read(6)
        self.close_connection = True


@contextmanager
def _listening(forail: Forail, service: str, tls: ssl.SSLContext | None) -> Generator[int]:
    handler = cast("type[_Handler]", type("Handler", (_Handler,), {"forail": forail, "service": service}))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            forail.silent.set()
            server.shutdown()
            thread.join()


@contextmanager
def services(forail: Forail) -> Generator[dict[str, str]]:
    """The Services inside the cluster, each on a port of its own; yields their addresses by name."""
    with ExitStack() as stack:
        yield {name: f"http://127.0.0.1:{stack.enter_context(_listening(forail, name, None))}" for name in SERVICES}


@contextmanager
def ingress(forail: Forail, certificate: tuple[str, str] | None, folder: Path) -> Generator[str]:
    """The platform behind one public port, by TLS where a certificate and its key are given; yields its URL."""
    tls = None
    if certificate is not None:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        (folder / "tls.pem").write_text("".join(certificate))
        tls.load_cert_chain(folder / "tls.pem")
    with _listening(forail, "ingress", tls) as port:
        yield f"{'https' if tls else 'http'}://localhost:{port}"
