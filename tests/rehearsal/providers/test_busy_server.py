"""A server that asks to be asked again: the client obeys, and gives up when it never answers."""

import json
import threading
from collections.abc import Generator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from rehearsal.kubernetes.api import Api
from rehearsal.kubernetes.exchange import ApiError
from rehearsal.kubernetes.kubeconfig import Cluster

BUSY = {"kind": "Status", "reason": "TooManyRequests", "message": "storage is (re)initializing"}


class _Handler(BaseHTTPRequestHandler):
    refusals = 0
    asked = 0

    def do_GET(self) -> None:
        type(self).asked += 1
        busy = type(self).asked <= type(self).refusals
        body = json.dumps(BUSY if busy else {"kind": "Namespace"}).encode()
        self.send_response(429 if busy else 200)
        if busy:
            self.send_header("Retry-After", "0")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def server() -> Generator[tuple[Api, type[_Handler]]]:
    class Handler(_Handler):
        pass

    with HTTPServer(("127.0.0.1", 0), Handler) as listening:
        api = Api(Cluster(f"http://127.0.0.1:{listening.server_port}", "default", {}, {}, Path()))
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        yield api, Handler
        api.close()
        listening.shutdown()


def test_a_busy_server_is_asked_again(server: tuple[Api, type[_Handler]]) -> None:
    api, handler = server
    handler.refusals = 3
    assert api.request("GET", "/api/v1/namespaces/x") == {"kind": "Namespace"}
    assert handler.asked == 4


def test_a_server_that_stays_busy_is_an_error_with_its_own_words(server: tuple[Api, type[_Handler]]) -> None:
    api, handler = server
    handler.refusals = 1000
    with pytest.raises(ApiError, match="initializing"):
        api.request("GET", "/api/v1/namespaces/x")
    assert handler.asked == 10
