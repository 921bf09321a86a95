"""Serves the stand-in providers on local ports for the engine to attach to."""

from __future__ import annotations

import os
from collections.abc import Generator
from concurrent import futures
from contextlib import ExitStack, contextmanager

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

from rehearsal.providers.calls import Provider
from rehearsal.providers.kubernetes.provider import KubernetesProvider
from rehearsal.providers.random import RandomProvider
from rehearsal.providers.servicer import ProviderServicer
from rehearsal.providers.session import Sessions
from rehearsal.providers.tls import TlsProvider

STRICT_VARIABLE = "FORAIL_REHEARSAL_STRICT"

# The engine never runs more operations at once than its own --parallel; a waiting operation holds one thread.
_THREADS = 128
_MESSAGE_LIMIT = 400 * 1024 * 1024
_OPTIONS = (
    ("grpc.max_send_message_length", _MESSAGE_LIMIT),
    ("grpc.max_receive_message_length", _MESSAGE_LIMIT),
    ("grpc.so_reuseport", 0),
)


@contextmanager
def serve(*, strict: bool | None = None) -> Generator[dict[str, int]]:
    """Serve all stand-in providers from this process until the block ends.

    Args:
        strict: demand strict field validation from the API server for every object that is created or
            changed, so that a misspelt field is an error. The official provider does not. Default: whether
            the variable FORAIL_REHEARSAL_STRICT is "1".

    Yields:
        The port on 127.0.0.1 of each provider by package name; see `attach_variable`.
    """
    demanded = os.environ.get(STRICT_VARIABLE) == "1" if strict is None else strict
    providers: tuple[Provider, ...] = (KubernetesProvider(strict=demanded), RandomProvider(), TlsProvider())
    with ExitStack() as stack:
        yield {provider.name: stack.enter_context(_serving(provider)) for provider in providers}


@contextmanager
def _serving(provider: Provider) -> Generator[int]:
    sessions = Sessions()
    pool = futures.ThreadPoolExecutor(max_workers=_THREADS, thread_name_prefix=f"provider-{provider.name}")
    server = grpc.server(pool, options=_OPTIONS)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(ProviderServicer(provider, sessions), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield port
    finally:
        sessions.close()
        server.stop(grace=5).wait()
        pool.shutdown(wait=True)
        provider.close()


def attach_variable(ports: dict[str, int]) -> dict[str, str]:
    """The environment variable that makes the engine attach to these ports instead of starting plugins."""
    return {"PULUMI_DEBUG_PROVIDERS": ",".join(f"{name}:{port}" for name, port in ports.items())}
