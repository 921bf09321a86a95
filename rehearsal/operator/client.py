"""The Kubernetes API as the stand-in uses it: over few connections, and as the operator's own account where it acts."""

from __future__ import annotations

import json
import ssl
from collections.abc import AsyncIterator

import httpx

from rehearsal.providers.kubernetes.kubeconfig import Cluster
from rehearsal.providers.kubernetes.objects import KubeObject

FIELD_MANAGER = "manager"
"""The name of the operator's binary, which is what it writes as."""
NOT_FOUND = 404
_WATCH_SECONDS = 300
_TIMEOUT = httpx.Timeout(60.0, connect=5.0)


class Refused(Exception):  # noqa: N818 - the API's answer, not a fault of the stand-in
    """The API server said no, or (status 0) nothing at all."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Client:
    """One identity at one API server; use it as an asynchronous context manager.

    Args:
        cluster: the kubeconfig's cluster and user.
        trust: from `cluster.trust()`; making it is slow, so it is shared.
        account: `system:serviceaccount:NAMESPACE:NAME` to act as; empty to stay who the kubeconfig says.
    """

    def __init__(self, cluster: Cluster, trust: ssl.SSLContext, account: str = "") -> None:
        acting = {"Impersonate-User": account} if account else {}
        self._client = httpx.AsyncClient(
            base_url=cluster.server,
            verify=trust,
            headers={"Accept": "application/json", "User-Agent": "operator-stand-in", **cluster.headers(), **acting},
            timeout=_TIMEOUT,
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=16),
            trust_env=False,
        )

    async def __aenter__(self) -> Client:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def get(self, path: str, **params: str) -> KubeObject | None:
        """The object or list at `path`, None when there is none.

        Raises:
            Refused: for any other reason than that.
        """
        try:
            return await self._request("GET", path, None, params)
        except Refused as error:
            if error.status == NOT_FOUND:
                return None
            raise

    async def put(self, path: str, body: KubeObject) -> KubeObject:
        """Replace an object, and return it as it is then.

        Raises:
            Refused: 409 where somebody was faster, 404 where it is gone, and others.
        """
        return await self._request("PUT", path, body, {"fieldManager": FIELD_MANAGER})

    async def watch(self, path: str, version: str) -> AsyncIterator[tuple[str, KubeObject]]:
        """Changes after `version` as (type, object), until the server has had enough or the version is too old.

        Raises:
            Refused: the server refused, or the connection broke.
        """
        params = {"watch": "true", "resourceVersion": version, "timeoutSeconds": str(_WATCH_SECONDS)}
        timeout = httpx.Timeout(_WATCH_SECONDS + 30, connect=5.0)
        try:
            async with self._client.stream("GET", path, params=params, timeout=timeout) as response:
                if not response.is_success:
                    await response.aread()
                    raise _refusal(response)
                async for line in response.aiter_lines():
                    event = json.loads(line)
                    if event["type"] == "ERROR":
                        return
                    yield event["type"], event["object"]
        except httpx.TransportError as error:
            raise Refused(0, f"the API server does not answer ({error or type(error).__name__})") from error

    async def _request(self, method: str, path: str, body: KubeObject | None, params: dict[str, str]) -> KubeObject:
        content = None if body is None else json.dumps(body, separators=(",", ":"))
        headers = None if content is None else {"Content-Type": "application/json"}
        try:
            response = await self._client.request(method, path, content=content, params=params, headers=headers)
        except httpx.TransportError as error:
            raise Refused(0, f"the API server does not answer ({error or type(error).__name__})") from error
        if response.is_success:
            return json.loads(response.content)
        raise _refusal(response)


def _refusal(response: httpx.Response) -> Refused:
    try:
        message = str(response.json().get("message") or response.reason_phrase)
    except (ValueError, AttributeError):
        message = response.text.strip() or response.reason_phrase
    return Refused(response.status_code, message)
