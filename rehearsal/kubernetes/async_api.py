"""The Kubernetes API for tasks."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator

import httpx

from rehearsal.kubernetes.exchange import (
    CONNECT_SECONDS,
    NOT_FOUND,
    WATCH_SECONDS,
    answer,
    content,
    event_of,
    options,
    reached,
    refusal,
    watching,
)
from rehearsal.kubernetes.kubeconfig import Cluster
from rehearsal.kubernetes.objects import KubeObject


class AsyncApi:
    """One identity at one API server, for tasks; use it as an asynchronous context manager.

    It asks no second time where the server is busy: its users come again by themselves.

    Args:
        cluster: the kubeconfig's cluster and user.
        trust: from `cluster.trust()`; making it is slow, so it is shared.
        account: `system:serviceaccount:NAMESPACE:NAME` to act as; empty to stay who the kubeconfig says.
    """

    def __init__(self, cluster: Cluster, trust: ssl.SSLContext, account: str = "") -> None:
        self._server = cluster.server
        self._client = httpx.AsyncClient(**options(cluster, trust, account))

    async def __aenter__(self) -> AsyncApi:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def get(self, path: str, **params: str) -> KubeObject | None:
        """The object or list at `path`, None when there is none.

        Raises:
            ApiFailure: for any other reason than that.
        """
        with reached(self._server):
            response = await self._client.get(path, params=params)
        return None if response.status_code == NOT_FOUND else answer(response)

    async def put(self, path: str, body: KubeObject, manager: str) -> KubeObject:
        """Replace an object as this field manager, and return it as it is then.

        Raises:
            ApiFailure: 409 where another writer was faster, 404 where it is gone, and others.
        """
        with reached(self._server):
            response = await self._client.put(path, params={"fieldManager": manager}, **content(body))
        return answer(response)

    async def watch(self, path: str, version: str) -> AsyncIterator[tuple[str, KubeObject]]:
        """Changes after `version` as (type, object), until the server has had enough or the version is too old.

        Raises:
            ApiFailure: the server refused, or the connection broke.
        """
        params = watching({"resourceVersion": version})
        timeout = httpx.Timeout(WATCH_SECONDS + 30, connect=CONNECT_SECONDS)
        with reached(self._server):
            async with self._client.stream("GET", path, params=params, timeout=timeout) as response:
                if not response.is_success:
                    await response.aread()
                    raise refusal(response)
                async for line in response.aiter_lines():
                    event = event_of(line)
                    if event is None:
                        return
                    yield event
