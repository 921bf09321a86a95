"""What stands behind the web pod's nginx: a uwsgi server and a websocket server, as small as they can be."""

import base64
import hashlib
import json
import socket
import socketserver
import struct
import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import cast

WEBSOCKET_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
"""Fixed by RFC 6455."""


def read_exactly(stream: socket.socket, size: int) -> bytes:
    """The next bytes of the stream, or fewer at its end."""
    data = bytearray(size)
    view, filled = memoryview(data), 0
    while filled < size and (count := stream.recv_into(view[filled:])):
        filled += count
    return bytes(view[:filled])


def read_head(stream: socket.socket) -> str:
    """An HTTP message up to its empty line."""
    data = b""
    while not data.endswith(b"\r\n\r\n") and (part := stream.recv(1)):
        data += part
    return data.decode("latin-1")


def headers_of(head: str) -> dict[str, str]:
    """The headers of an HTTP message, lower-case."""
    lines = [line.split(":", 1) for line in head.split("\r\n")[1:] if ":" in line]
    return {name.lower(): value.strip() for name, value in lines}


class Uwsgi(socketserver.BaseRequestHandler):
    """Answers each request with the variables that nginx sent and the size of the body, as JSON."""

    def handle(self) -> None:
        stream = cast("socket.socket", self.request)
        _, size, _ = struct.unpack("<BHB", read_exactly(stream, 4))
        block, variables, at = read_exactly(stream, size), dict[str, str](), 0
        while at < len(block):
            pair: list[str] = []
            for _ in range(2):
                (length,) = struct.unpack_from("<H", block, at)
                pair.append(block[at + 2 : at + 2 + length].decode())
                at += 2 + length
            variables[pair[0]] = pair[1]
        body = read_exactly(stream, int(variables.get("CONTENT_LENGTH") or 0))
        answer = json.dumps({"variables": variables, "body": len(body)}).encode()
        stream.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n" + answer)


class Websocket(socketserver.BaseRequestHandler):
    """Upgrades, sends one text frame with the path and headers that arrived, and echoes what it then gets."""

    def handle(self) -> None:
        stream = cast("socket.socket", self.request)
        head = read_head(stream)
        talk(stream, head.split(" ")[1], headers_of(head))


def talk(stream: socket.socket, path: str, headers: Mapping[str, str]) -> None:
    """A websocket's other side, from the request's path and headers on."""
    digest = hashlib.sha1((headers["sec-websocket-key"] + WEBSOCKET_GUID).encode()).digest()
    accept = base64.b64encode(digest).decode()
    answer = f"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n{accept_line(accept)}"
    stream.sendall(answer.encode())
    text = json.dumps({"path": path, **headers}).encode()
    stream.sendall(struct.pack("!BBH", 0x81, 126, len(text)) + text)
    while data := stream.recv(4096):
        stream.sendall(data)


def accept_line(accept: str) -> str:
    """The last header of a successful upgrade."""
    return f"Sec-WebSocket-Accept: {accept}\r\n\r\n"


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


@contextmanager
def serving(port: int, handler: type[socketserver.BaseRequestHandler]) -> Generator[None]:
    """The handler behind a loopback port, for the length of the block."""
    with _Server(("127.0.0.1", port), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()


def read_frame(stream: socket.socket) -> bytes:
    """The payload of one unfragmented frame from a server."""
    _, size = read_exactly(stream, 2)
    if size == 126:
        (size,) = struct.unpack("!H", read_exactly(stream, 2))
    return read_exactly(stream, size)
