"""edge/: the edge's nginx for real settings, as its pod runs it, before stand-ins for the platform's Services."""

from __future__ import annotations

import json
import os
import signal
import socket
import ssl
from collections.abc import Generator
from dataclasses import replace
from typing import Any, cast

import pytest

from tests.files.edge import HTTP, PAGE, WEBSOCKET, ZONE, Edge, Services, prepared, running, services
from tests.files.names import name_server
from tests.files.programs import DEADLINE, background, program, run, wait_until
from tests.files.upstreams import headers_of, read_frame, read_head
from tests.unit.certificates import certificate

DISABLED, TERMINATED = {"mode": "disabled"}, {"mode": "terminatedUpstream"}
TLS: dict[str, dict[str, Any]] = {
    "https": {"mode": "selfSigned"},
    "plain": DISABLED,
    "terminated": TERMINATED,
}


@pytest.fixture(scope="module")
def behind() -> Generator[Services]:
    """The platform's Services."""
    with services() as running_services:
        yield running_services


@pytest.fixture(scope="module")
def https(behind: Services) -> Generator[Edge]:
    """TLS ends here; clients use the node port 30443."""
    with running(behind, extraHosts=["forail.home", "default"]) as edge:
        yield edge


@pytest.fixture(scope="module")
def terminated(behind: Services) -> Generator[Edge]:
    """A load balancer in front ends TLS; it is this machine, and it serves one network."""
    allowed = {"trustedProxies": ["127.0.0.0/8", "2001:db8:f::/48"], "allowFrom": ["192.0.2.0/24", "2001:db8:1::/48"]}
    with running(behind, tls=TERMINATED, mode="loadBalancer", **allowed) as edge:
        yield edge


def forwarded(address: str, scheme: str | None = "https") -> dict[str, str]:
    """What a load balancer says of a request."""
    return {"X-Forwarded-For": address, **({} if scheme is None else {"X-Forwarded-Proto": scheme})}


@pytest.mark.parametrize(
    ("path", "service"),
    [
        ("/api", HTTP),
        ("/api/v2/ping/?page=2", HTTP),
        ("/api/v2/hosts/a%2Fb%20c/", HTTP),
        ("/apis", PAGE),
        ("/admin/", HTTP),
        ("/sso/login/saml/", HTTP),
        ("/static/forail/app.js", PAGE),
        ("/static/forailed/app.js", HTTP),
        ("/static/rest_framework.css", HTTP),
        ("/static", HTTP),
        ("/statics", PAGE),
        ("/", PAGE),
        ("/jobs/playbook/7/output", PAGE),
        ("/index.html?next=/api/", PAGE),
        ("/API/v2/", PAGE),
        # What a path means is decided after its dots; what is passed on is what the client wrote.
        ("/static/../api/v2/", HTTP),
    ],
)
def test_every_path_reaches_its_service_as_it_was_written(https: Edge, path: str, service: str) -> None:
    # Without a library that would tidy the path up.
    head = f"GET {path} HTTP/1.1\r\nHost: forail.lan\r\nConnection: close\r\n\r\n"
    with secure(https) as stream:
        stream.sendall(head.encode())
        answer = read_all(stream)
    asked = json.loads(answer.partition("\r\n\r\n")[2])
    assert (asked["service"], asked["path"]) == (service, path)


def secure(edge: Edge) -> ssl.SSLSocket:
    """A TLS connection to the edge."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    stream = socket.create_connection(("127.0.0.1", edge.https), timeout=DEADLINE)
    return context.wrap_socket(stream, server_hostname="forail.lan")


def read_all(stream: socket.socket) -> str:
    """Everything until the other side closes."""
    data = b""
    while part := stream.recv(65536):
        data += part
    return data.decode()


def test_the_services_are_told_who_asks_and_what_for(https: Edge) -> None:
    """What a client says of itself goes no further: only proxies that the stack file names are believed."""
    lies = {
        "X-Forwarded-For": "10.9.8.7",
        "X-Forwarded-Proto": "http",
        "X-Forwarded-Host": "evil.example",
        "X-Real-IP": "10.9.8.7",
        "Forwarded": "for=10.9.8.7",
    }
    answer = https.ask(
        "/api/v2/", scheme="https", host="forail.lan:30443", headers={**lies, "Authorization": "Bearer t"}
    )
    told = answer.json()["headers"]
    assert told["host"] == told["x-forwarded-host"] == "forail.lan:30443"
    assert told["x-forwarded-for"] == told["x-real-ip"] == "127.0.0.1"
    assert told["x-forwarded-proto"] == "https"
    assert "forwarded" not in told
    assert told["authorization"] == "Bearer t"
    assert answer.headers["server"] == "nginx"


@pytest.mark.parametrize(
    ("path", "service"), [("/websocket/", WEBSOCKET), ("/websocket", WEBSOCKET), ("/api/websocket/", HTTP)]
)
def test_websockets_are_upgraded(https: Edge, path: str, service: str) -> None:
    with secure(https) as stream:
        assert upgrade(stream, path)["service"] == service


def upgrade(stream: socket.socket, path: str) -> dict[str, str]:
    """Makes the connection a websocket that echoes; what the Service was asked."""
    stream.sendall(
        f"GET {path} HTTP/1.1\r\nHost: forail.lan:30443\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    head = read_head(stream)
    assert head.split("\r\n")[0] == "HTTP/1.1 101 Switching Protocols"
    assert headers_of(head)["sec-websocket-accept"] == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
    asked = cast("dict[str, str]", json.loads(read_frame(stream)))
    assert (asked["path"], asked["x-forwarded-proto"]) == (path, "https")
    echo(stream)
    return asked


def echo(stream: socket.socket) -> None:
    """One frame there and back."""
    stream.sendall(b"\x81\x05hello")
    assert read_frame(stream) == b"hello"


def test_bodies_up_to_fifty_megabytes_pass(https: Edge) -> None:
    """The web pod's limit, so that neither refuses what the other takes."""
    limit = 50 * 1024 * 1024
    passed = https.ask("/api/v2/projects/", method="POST", scheme="https", content=b"x" * limit)
    assert (passed.status_code, passed.json()["body"]) == (200, limit)
    assert https.ask("/api/v2/projects/", method="POST", scheme="https", content=b"x" * (limit + 1)).status_code == 413


@pytest.mark.parametrize("host", ["forail.lan", "forail.lan:30080", "FORAIL.lan.", "forail.home", "default"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_plain_http_is_sent_to_the_port_that_clients_see(https: Edge, host: str, method: str) -> None:
    answer = https.ask("/api/v2/hosts/?a=%2F&b", method=method, host=host)
    name = host.split(":")[0].lower().rstrip(".")
    assert (answer.status_code, answer.headers["location"]) == (308, f"https://{name}:30443/api/v2/hosts/?a=%2F&b")


def test_plain_http_on_the_https_port_is_sent_there_too(https: Edge) -> None:
    answer = https.ask("/jobs", port=https.https)
    assert (answer.status_code, answer.headers["location"]) == (308, "https://forail.lan:30443/jobs")


def test_the_standard_port_is_in_no_redirect(terminated: Edge) -> None:
    answer = terminated.ask("/jobs", headers=forwarded("192.0.2.7", "http"))
    assert (answer.status_code, answer.headers["location"]) == (308, "https://forail.lan/jobs")


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("host", ["evil.example", "forail.lan.evil.example", "127.0.0.1", "xforail.lan", ""])
def test_hosts_that_are_not_ours_are_refused_with_the_reason(https: Edge, scheme: str, host: str) -> None:
    answer = https.ask("/api/v2/", scheme=scheme, host=host)
    # nginx itself refuses HTTP/1.1 with an empty host.
    assert answer.status_code == (421 if host else 400)
    assert not host or "exposure.extraHosts" in answer.text


@pytest.mark.parametrize(
    ("host", "status"),
    [("forail.lan", 200), ("FORAIL.LAN:443", 200), ("evil.example", 400), ("forail.lan.evil.example", 400)],
)
def test_one_request_names_one_host(terminated: Edge, host: str, status: int) -> None:
    """With a whole URL in the first line, nginx takes the host from there, and the Services behind would take Host."""
    fields = {"Host": host, "Connection": "close", **forwarded("192.0.2.7", "https")}
    head = "\r\n".join(("GET http://forail.lan/jobs HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items())))
    with socket.create_connection(("127.0.0.1", terminated.http), timeout=DEADLINE) as stream:
        stream.sendall(f"{head}\r\n\r\n".encode())
        answer = b"".join(iter(lambda: stream.recv(4096), b""))
    assert answer.startswith(f"HTTP/1.1 {status} ".encode())


@pytest.mark.parametrize(
    ("said", "client"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1::7", "2001:db8:1::7"),
        # Whatever the client wrote stands before what the load balancer added.
        ("198.51.100.1, 192.0.2.7", "192.0.2.7"),
        # Two proxies of ours in a row.
        ("192.0.2.7, 127.0.0.5", "192.0.2.7"),
        ("192.0.2.7:51234", "192.0.2.7"),
    ],
)
def test_behind_a_load_balancer_the_client_is_the_one_that_it_names(terminated: Edge, said: str, client: str) -> None:
    told = terminated.ask("/api/", headers=forwarded(said)).json()["headers"]
    assert (told["x-forwarded-for"], told["x-forwarded-proto"]) == (client, "https")


@pytest.mark.parametrize(
    "said",
    ["198.51.100.1", "192.0.3.1", "2001:db8:2::1", "192.0.2.7, 198.51.100.1", "nonsense"],
)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_clients_of_other_networks_are_refused_with_the_reason(terminated: Edge, said: str, scheme: str) -> None:
    answer = terminated.ask("/api/", headers=forwarded(said, scheme))
    assert answer.status_code == 403
    assert "is in no range of exposure.allowFrom" in answer.text


def test_an_address_counts_as_it_is_where_no_proxy_is_believed(behind: Services) -> None:
    with running(behind, tls=DISABLED, allowFrom=["192.0.2.0/24", "::1/128"]) as edge:
        assert edge.ask("/api/", headers=forwarded("192.0.2.7")).status_code == 403
        within = edge.ask("/api/", address="[::1]")
        assert within.json()["headers"]["x-forwarded-for"] == "::1"
        assert within.json()["headers"]["x-forwarded-proto"] == "http"


@pytest.mark.parametrize(
    ("port", "scheme", "status"),
    [
        ("http", "https", 200),
        ("http", "HTTPS", 200),
        ("http", "http", 308),
        # Its plain port may end here as well, so silence is no https.
        ("http", None, 308),
        ("https", "https", 200),
        ("https", None, 200),
        ("https", "http", 308),
    ],
)
def test_a_load_balancer_says_by_which_port_a_request_came(
    terminated: Edge, port: str, scheme: str | None, status: int
) -> None:
    at = {"http": terminated.http, "https": terminated.https}[port]
    assert terminated.ask("/", port=at, headers=forwarded("192.0.2.7", scheme)).status_code == status


def test_the_health_check_needs_no_host_no_network_and_no_service(https: Edge, terminated: Edge) -> None:
    for edge, scheme in ((https, "http"), (https, "https"), (terminated, "http")):
        answer = edge.ask("/nginx/live", scheme=scheme, host="10.42.0.7")
        assert (answer.status_code, answer.text) == (200, "live\n")
        assert "/nginx/live" not in (edge.folder / "stdout").read_text()


def test_the_access_log_names_the_client(terminated: Edge) -> None:
    terminated.ask("/seen", headers=forwarded("192.0.2.99"))
    lines = (terminated.folder / "stdout").read_text().splitlines()
    assert [line for line in lines if line.startswith("192.0.2.99 - - [") and '"GET /seen HTTP/1.1" 200' in line]


def test_a_renewed_certificate_is_served_by_the_same_pod_and_a_broken_one_is_not(behind: Services) -> None:
    first, second = certificate("forail.lan")[0], certificate("forail.lan", "renewed.lan")
    with running(behind) as edge:
        assert same(edge.serves(), first)
        # Half a renewal: the leaf with another's key.
        edge.renew(second[0], certificate("forail.lan")[1])
        wait_until(lambda: "is refused" in edge.log, "the broken pair is noticed")
        assert edge.ask("/", scheme="https").status_code == 200
        assert same(edge.serves(), first)
        with secure(edge) as stream:
            upgrade(stream, "/websocket/")
            edge.renew(*second)
            wait_until(lambda: same(edge.serves(), second[0]), "the renewed certificate is served")
            echo(stream)
        assert edge.log.count("is read again") == edge.log.count("is refused") == 1
        assert "PRIVATE" not in edge.log


def same(one: str, other: str) -> bool:
    """Whether two PEM texts hold one certificate."""
    return ssl.PEM_cert_to_DER_cert(one) == ssl.PEM_cert_to_DER_cert(other)


@pytest.mark.parametrize("asked", [signal.SIGTERM, signal.SIGQUIT])
@pytest.mark.parametrize("tls", ["https", "plain"])
def test_the_pod_ends_at_once_where_nothing_is_open(behind: Services, tls: str, asked: signal.Signals) -> None:
    with running(behind, tls=TLS[tls]) as edge:
        os.kill(edge.process, asked)
        wait_until(lambda: ended(edge.process), "the edge has ended")
        assert "by itself" not in edge.log


def ended(process: int) -> bool:
    """Whether a child of this process is over."""
    return os.waitid(os.P_PID, process, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def test_an_nginx_that_ends_by_itself_ends_the_container(behind: Services) -> None:
    with running(behind) as edge:
        master = edge.folder / "run" / "nginx.pid"
        wait_until(lambda: master.read_text() != "", "nginx has written its id")
        os.kill(int(master.read_text()), signal.SIGKILL)
        wait_until(lambda: ended(edge.process), "the edge has ended")
        assert "nginx ended by itself with exit code 137" in edge.log


def test_a_service_that_comes_later_is_found(behind: Services) -> None:
    known = set[str]()
    with name_server(known) as port, running(replace(behind, name_server=port), tls=DISABLED) as edge:
        assert edge.ask("/").status_code == 502
        known.add(f"forail-frontend.{ZONE}")
        wait_until(lambda: edge.ask("/").status_code == 200, "the Service is found")


@pytest.mark.parametrize(
    ("file", "text", "reason"),
    [
        ("resolv.conf", "search here\n", "names no nameserver"),
        ("resolv.conf", "nameserver 127.0.0.1\n", "has no search list"),
        ("tls/tls.crt", "nothing\n", "nginx refuses its configuration or its certificate"),
        ("tls/tls.key", "nothing\n", "nginx refuses its configuration or its certificate"),
    ],
)
def test_a_pod_that_cannot_serve_ends_with_the_reason(behind: Services, file: str, text: str, reason: str) -> None:
    with prepared(behind) as (edge, command, variables):
        (edge.folder / file).write_text(text)
        outcome = run(command, variables)
        assert outcome.returncode == 1
        assert reason in outcome.stderr + outcome.stdout


@pytest.mark.parametrize("kernel", ["with IPv6", "without"])
def test_ipv6_is_served_where_the_kernel_has_it(behind: Services, kernel: str) -> None:
    with prepared(behind, tls=DISABLED) as (edge, command, variables):
        absent = {} if kernel == "with IPv6" else {"EDGE_IPV6": f"{edge.folder}/absent"}
        with background(command, edge.folder / "log", {**variables, **absent}):
            wait_until(edge.answers, "the edge answers")
            assert ("[::]" in (edge.folder / "run" / "servers.conf").read_text()) is (kernel == "with IPv6")


@pytest.mark.parametrize(
    ("nameservers", "expected"),
    [
        (("10.96.0.10",), "10.96.0.10"),
        (("10.96.0.10", "169.254.20.10"), "10.96.0.10 169.254.20.10"),
        (("fd00:10:96::a",), "[fd00:10:96::a]"),
    ],
)
def test_the_pods_name_servers_are_used(behind: Services, nameservers: tuple[str, ...], expected: str) -> None:
    with prepared(behind, tls=DISABLED) as (edge, command, variables):
        lines = (f"nameserver {address}\n" for address in nameservers)
        (edge.folder / "resolv.conf").write_text("search a.svc.b svc.b b\noptions ndots:5\n" + "".join(lines))
        with background(command, edge.folder / "log", variables):
            wait_until(edge.answers, "the edge answers")
        assert (edge.folder / "run" / "pod.conf").read_text().split(";")[0] == f"resolver {expected} valid=10s"


def test_it_needs_no_more_than_busybox(behind: Services) -> None:
    """The tools of Alpine's images."""
    tools = {"sh", "awk", "cat", "cp", "mkdir", "sed", "sha256sum", "sleep"}
    with prepared(behind) as (edge, command, variables):
        path = edge.folder / "bin"
        path.mkdir()
        for name in tools:
            (path / name).symlink_to(program("busybox", "busybox"))
        (path / "nginx").symlink_to(program("nginx", "nginx"))
        with background(command, edge.folder / "log", {**variables, "PATH": str(path)}):
            wait_until(edge.answers, "the edge answers")
            edge.renew(*certificate("forail.lan", "renewed.lan"))
            wait_until(lambda: "is read again" in edge.log, "the renewed certificate is read")


def test_as_many_hosts_as_a_stack_file_takes(behind: Services) -> None:
    hosts = [f"{'a' * 63}.{'b' * 63}.{'c' * 63}.h{number}.example.com" for number in range(500)]
    with running(behind, tls=DISABLED, extraHosts=hosts) as edge:
        assert edge.ask("/", host=hosts[-1]).status_code == 200
        assert edge.ask("/", host=f"x{hosts[-1]}").status_code == 421


@pytest.mark.parametrize("tls", list(TLS))
def test_nginx_finds_no_fault_and_has_no_warning(behind: Services, tls: str) -> None:
    with running(behind, tls=TLS[tls]) as edge:
        assert (edge.log, (edge.folder / "stderr").read_text()) == ("", "")
