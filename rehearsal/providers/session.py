"""One engine connection: who to tell about progress, whether it was cancelled, how it configured the provider."""

from __future__ import annotations

import contextlib
import threading
from dataclasses import dataclass, field

import grpc
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

from rehearsal.providers.wire import Properties


@dataclass(eq=False)
class Session:
    """State of one engine connection.

    The engine opens one connection per provider resource and no later call names the provider resource,
    so the connection is what tells an explicit provider from the default one.
    """

    engine_address: str = ""
    configuration: Properties = field(default_factory=dict[str, object])
    cancelled: threading.Event = field(default_factory=threading.Event)
    _channel: grpc.Channel | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def warn(self, message: str, urn: str = "") -> None:
        """Show a warning beside the resource."""
        self._log(engine_pb2.LogSeverity.WARNING, message, urn, ephemeral=False)

    def progress(self, message: str, urn: str) -> None:
        """Show a passing status line beside the resource, such as what it waits for."""
        self._log(engine_pb2.LogSeverity.INFO, message, urn, ephemeral=True)

    def close(self) -> None:
        """Close the connection back to the engine."""
        with self._lock:
            if self._channel is not None:
                self._channel.close()
                self._channel = None

    def _log(self, severity: engine_pb2.LogSeverity.ValueType, message: str, urn: str, *, ephemeral: bool) -> None:
        if not self.engine_address:
            return
        with self._lock:
            if self._channel is None:
                self._channel = grpc.insecure_channel(self.engine_address)
            stub = engine_pb2_grpc.EngineStub(self._channel)
        request = engine_pb2.LogRequest(severity=severity, message=message, urn=urn, ephemeral=ephemeral)
        # An engine that is going away no longer listens; the operation itself must not fail for that.
        with contextlib.suppress(grpc.RpcError, ValueError):
            stub.Log(request, timeout=5)  # pyright: ignore[reportUnknownMemberType] - the stub file leaves it open


class Sessions:
    """The open engine connections by their peer address."""

    def __init__(self) -> None:
        self._by_peer: dict[str, Session] = {}
        self._lock = threading.Lock()

    def of(self, peer: str) -> Session:
        """The session of a connection, made at its first call."""
        with self._lock:
            return self._by_peer.setdefault(peer, Session())

    def begin(self, peer: str, engine_address: str) -> Session:
        """Start afresh for a connection: a reused port must not inherit a cancellation."""
        session = Session(engine_address=engine_address)
        with self._lock:
            old = self._by_peer.get(peer)
            self._by_peer[peer] = session
        if old is not None:
            old.close()
        return session

    def close(self) -> None:
        """Cancel and close every session."""
        with self._lock:
            sessions, self._by_peer = list(self._by_peer.values()), {}
        for session in sessions:
            session.cancelled.set()
            session.close()
