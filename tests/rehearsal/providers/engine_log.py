"""The engine's log, as providers write to it over gRPC."""

from __future__ import annotations

from collections.abc import Generator
from concurrent import futures
from contextlib import contextmanager

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc


class EngineLog(engine_pb2_grpc.EngineServicer):
    """What was logged, kept."""

    def __init__(self) -> None:
        self.entries: list[engine_pb2.LogRequest] = []

    def Log(self, request: engine_pb2.LogRequest, context: grpc.ServicerContext) -> empty_pb2.Empty:  # noqa: N802
        del context
        self.entries.append(request)
        return empty_pb2.Empty()


@contextmanager
def engine_log() -> Generator[tuple[str, EngineLog]]:
    """Serve a log: its address, and what comes in."""
    log = EngineLog()
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=2))
    engine_pb2_grpc.add_EngineServicer_to_server(log, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield f"127.0.0.1:{port}", log
    finally:
        server.stop(None).wait()
