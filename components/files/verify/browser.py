"""A browser as far as Forail needs one: requests by the Ingress's routes, cookies, TLS, the upgrade to a websocket."""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import os
import socket
import ssl
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import urlsplit

from report import VerifyError
from target import Target, UnusableError

# The API's own time to answer is below a second; web's nginx gives uwsgi 120.
TIMEOUT_SECONDS = 15
# Bytes. A list of a hundred nodes has 200 kB.
LONGEST_BODY = 8 * 1024 * 1024
# Fixed by RFC 6455.
WEBSOCKET_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


@dataclass(frozen=True)
class Answer:
    """A response that arrived whole."""

    where: str
    """Method and address, for messages."""
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    def json(self) -> dict[str, Any]:
        """The body as a JSON object; raises VerifyError for anything else."""
        try:
            found = json.loads(self.body)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            kind = self.headers.get_content_type()
            raise VerifyError(f"{self.where} answers {self.status} with {kind}, where a JSON object is expected")
        return found


class Browser:
    """Sends requests to one platform. Raises VerifyError where no whole answer arrives."""

    def __init__(self, target: Target, timeout: float) -> None:
        """`timeout` in seconds is what a request may take, where that is less than it gets in any case."""
        self._target, self._timeout = target, min(timeout, TIMEOUT_SECONDS)
        self._tls = _context(target.ca)
        self.cookies: dict[str, str] = {}

    def get(self, path: str, *, token: str | None = None) -> Answer:
        """GET of a public path, with the cookies, or with a token and without cookies."""
        return self._request("GET", path, self._headers(token), None)

    def post(self, path: str, body: str, kind: str, *, token: str | None = None, csrf: str | None = None) -> Answer:
        """POST of a public path, from a page of the same origin."""
        headers = {**self._headers(token), "Content-Type": kind}
        if csrf is not None:
            headers |= {"X-CSRFToken": csrf, "Referer": f"{self._target.origin}/api/login/"}
        return self._request("POST", path, headers, body.encode())

    def direct(self, method: str, url: str, body: str | None = None) -> Answer:
        """A request to a part that no public path leads to, such as OPA."""
        headers = {"Content-Type": "application/json"} if body is not None else {}
        parts = urlsplit(url)
        return self._exchange(
            method, f"{parts.scheme}://{parts.netloc}", parts.path or "/", headers, body and body.encode()
        )

    def through(self, path: str) -> str:
        """What a request of `path` goes through, for people."""
        base = self._target.route(path)
        return f"Service {base.partition('://')[2]}" if self._target.inside else f"public {base}"

    def keep_cookies(self, answer: Answer) -> dict[str, bool]:
        """Takes over the cookies that `answer` sets; by name, whether they are for TLS only."""
        secure: dict[str, bool] = {}
        for header in answer.headers.get_all("Set-Cookie") or []:
            try:
                found = SimpleCookie(header)
            except CookieError:
                continue
            for name, morsel in found.items():
                self.cookies[name] = morsel.value
                secure[name] = bool(morsel["secure"])
        return secure

    def websocket(self, path: str) -> dict[str, Any]:
        """Upgrades `path` and returns the JSON object of the first message."""
        base, key = self._target.route(path), base64.b64encode(os.urandom(16)).decode()
        headers = {
            **self._headers(None),
            "Connection": "Upgrade",
            "Upgrade": "websocket",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": key,
        }
        connection, where = self._connection(base), f"GET {base}{path}"
        try:
            connection.request("GET", path, headers=headers)
            response = connection.getresponse()
            if response.status != http.client.SWITCHING_PROTOCOLS:
                raise VerifyError(
                    f"{where} answers {response.status} instead of 101: {_refused_upgrade(response.status)}"
                )
            digest = hashlib.sha1((key + WEBSOCKET_GUID).encode()).digest()
            if response.headers.get("Sec-WebSocket-Accept") != base64.b64encode(digest).decode():
                raise VerifyError(
                    f"{where} answers 101 without the key's digest: something answers that is no websocket"
                )
            message = _first_message(response)
            if connection.sock is not None:
                # A close frame, masked with zeros, so that the server does not wait for its own timeout.
                connection.sock.sendall(b"\x88\x80\x00\x00\x00\x00")
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise VerifyError(f"{where}: {self._reason(error)}") from None
        finally:
            connection.close()
        return message

    def _headers(self, token: str | None) -> dict[str, str]:
        headers = {
            "Host": self._target.host,
            "Origin": self._target.origin,
            "Accept": "*/*",
            "User-Agent": "forail-verify",
        }
        if self._target.inside:
            # What the Ingress controller adds: without it Forail takes the request for plain HTTP.
            headers["X-Forwarded-Proto"] = "https" if self._target.https else "http"
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        elif self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return headers

    def _request(self, method: str, path: str, headers: dict[str, str], body: bytes | None) -> Answer:
        return self._exchange(method, self._target.route(path), path, headers, body)

    def _exchange(self, method: str, base: str, path: str, headers: dict[str, str], body: bytes | None) -> Answer:
        connection, where = self._connection(base), f"{method} {base}{path.partition('?')[0]}"
        try:
            connection.request(method, path, body=body, headers=headers)
            response = connection.getresponse()
            content = response.read(LONGEST_BODY + 1)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise VerifyError(f"{where}: {self._reason(error)}") from None
        finally:
            connection.close()
        if len(content) > LONGEST_BODY:
            raise VerifyError(f"{where} answers more than {LONGEST_BODY >> 20} MiB: this is not Forail")
        return Answer(where, response.status, response.headers, content)

    def _connection(self, base: str) -> http.client.HTTPConnection:
        parts = urlsplit(base)
        host = parts.hostname or ""
        if parts.scheme == "https":
            return http.client.HTTPSConnection(host, parts.port, timeout=self._timeout, context=self._tls)
        return http.client.HTTPConnection(host, parts.port, timeout=self._timeout)

    def _reason(self, error: Exception) -> str:
        """Why no answer came. Never the library's own text where that could quote a header."""
        if isinstance(error, ssl.SSLCertVerificationError):
            return (
                f"its certificate is not to be trusted ({error.verify_message}): give the way in the certificate of "
                "exposure.tls, or the client its CA"
            )
        if isinstance(error, ssl.SSLError):
            return f"no TLS there ({error.reason}): another server has this port"
        if isinstance(error, TimeoutError):
            return f"no answer within {self._timeout:g} s"
        if isinstance(error, socket.gaierror):
            return "its name does not resolve: add it to the DNS, or to /etc/hosts"
        if isinstance(error, ConnectionRefusedError):
            return "nothing listens there: its pods are not ready, or its port is not reachable from here"
        if isinstance(error, OSError):
            return f"not reachable ({error.strerror or type(error).__name__})"
        return f"the answer is no HTTP, or ends early ({type(error).__name__})"


def _context(ca: str) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cadata=ca or None)
    except (ssl.SSLError, ValueError, TypeError):
        raise UnusableError("caCertificate holds no PEM certificate: give the stack's outputs as they are") from None


def _refused_upgrade(status: int) -> str:
    if status == http.client.FORBIDDEN:
        return "the session is not accepted; look at web's log for what daphne says"
    if status == http.client.NOT_FOUND:
        return "the path does not lead to web's websocket port: look at the route of /websocket"
    if status in (http.client.BAD_GATEWAY, http.client.SERVICE_UNAVAILABLE, http.client.GATEWAY_TIMEOUT):
        return "daphne does not answer behind nginx: look at web's log"
    return "a proxy between drops the Upgrade header: switch websockets on in the controller or load balancer"


def _first_message(response: http.client.HTTPResponse) -> dict[str, Any]:
    """The JSON object of one unfragmented text frame; control frames before it are passed over."""
    stream = response.fp
    while True:
        first, second = _exactly(stream, 2)
        size = second & 0x7F
        if size > 125:
            size = int.from_bytes(_exactly(stream, 2 if size == 126 else 8), "big")
        if size > LONGEST_BODY:
            raise ValueError
        payload = _exactly(stream, size)
        if first & 0x0F == 0x1:
            break
        if first & 0x0F == 0x8:
            raise VerifyError(
                "the websocket is closed before its first message: look at web's log for what daphne says"
            )
    found = json.loads(payload)
    return found if isinstance(found, dict) else {}


def _exactly(stream: Any, size: int) -> bytes:
    data = stream.read(size)
    if len(data) < size:
        raise http.client.IncompleteRead(b"")
    return data
