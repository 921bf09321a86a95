"""A name server for the tests: it knows the names that a test tells it, at loopback."""

from __future__ import annotations

import socket
import socketserver
import struct
import threading
from collections.abc import Generator
from contextlib import contextmanager
from typing import cast

_ADDRESS, _NO_SUCH_NAME, _ANSWER = 1, 3, 0x8180


class _Answer(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        asked, reply_to = cast("tuple[bytes, object]", self.request)
        labels, at = list[str](), 12
        while asked[at]:
            labels.append(asked[at + 1 : at + 1 + asked[at]].decode())
            at += 1 + asked[at]
        question, (kind,) = asked[12 : at + 5], struct.unpack_from("!H", asked, at + 1)
        known = ".".join(labels) in cast("_Server", self.server).names
        # The name is a pointer to the question; class IN, no time to live, four bytes.
        record = struct.pack("!HHHIH4B", 0xC00C, _ADDRESS, 1, 0, 4, 127, 0, 0, 1)
        records = [record] if known and kind == _ADDRESS else []
        flags = _ANSWER | (0 if known else _NO_SUCH_NAME)
        head = asked[:2] + struct.pack("!5H", flags, 1, len(records), 0, 0)
        cast("socket.socket", reply_to).sendto(head + question + b"".join(records), self.client_address)


class _Server(socketserver.ThreadingUDPServer):
    daemon_threads = True
    names: set[str]


@contextmanager
def name_server(names: set[str]) -> Generator[int]:
    """Its UDP port. Every name in `names`, which may grow meanwhile, is 127.0.0.1; others do not exist."""
    with _Server(("127.0.0.1", 0), _Answer) as server:
        server.names = names
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield int(server.server_address[1])
        finally:
            server.shutdown()
            thread.join()
