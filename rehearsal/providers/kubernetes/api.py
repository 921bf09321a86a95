"""A small, thread-safe client of the Kubernetes API: requests, discovery, watches."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, cast

import httpx

from rehearsal.providers.kubernetes.kubeconfig import Cluster
from rehearsal.providers.kubernetes.objects import KubeObject

_CONNECT_SECONDS = 5.0
_READ_SECONDS = 60.0  # the API server's own limit for a request
_LIMITS = httpx.Limits(max_connections=None, max_keepalive_connections=64, keepalive_expiry=60)
_WATCH_SECONDS = 300
_ATTEMPTS = 10  # as client-go, for a server that asks to be asked again

APPLY_PATCH = "application/apply-patch+yaml"
JSON_PATCH = "application/json-patch+json"


class ApiError(Exception):
    """The API server refused. `reason` is its machine-readable reason, such as NotFound."""

    def __init__(self, status: int, reason: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason


class ApiUnreachable(Exception):  # noqa: N818 - says what happened, like the API's own reasons
    """No answer came from the server; the message names it and the cause."""


@dataclass(frozen=True)
class ResourceType:
    """Where a kind lives in the API."""

    base: str
    plural: str
    namespaced: bool

    def path(self, namespace: str, name: str = "") -> str:
        """The path of a collection, or of one object when it is named."""
        scope = f"/namespaces/{namespace}" if self.namespaced else ""
        return f"{self.base}{scope}/{self.plural}" + (f"/{name}" if name else "")


class Api:
    """One API server. Connections are kept alive and shared by all threads."""

    def __init__(self, cluster: Cluster) -> None:
        """Prepare a client; nothing is sent yet.

        Raises:
            KubeconfigError: certificates of the kubeconfig are unreadable.
        """
        self.server = cluster.server
        self._client = httpx.Client(
            base_url=cluster.server,
            verify=cluster.trust(),
            headers={"Accept": "application/json", "User-Agent": "pulumi-kubernetes-stand-in", **cluster.headers()},
            timeout=httpx.Timeout(_READ_SECONDS, connect=_CONNECT_SECONDS),
            limits=_LIMITS,
            trust_env=False,
        )
        self._types: dict[str, dict[str, ResourceType]] = {}
        self._lock = threading.Lock()

    def close(self) -> None:
        """Close all connections."""
        self._client.close()

    def request(
        self,
        method: str,
        path: str,
        *,
        body: object = None,
        params: Mapping[str, str] | None = None,
        content_type: str = "application/json",
    ) -> KubeObject:
        """Send one request and return the decoded answer.

        Raises:
            ApiError: the server refused.
            ApiUnreachable: no answer came.
        """
        content = None if body is None else json.dumps(body, separators=(",", ":"))
        headers = {"Content-Type": content_type} if content is not None else None
        for left in reversed(range(_ATTEMPTS)):
            try:
                response = self._client.request(method, path, content=content, params=params, headers=headers)
            except httpx.TransportError as error:
                raise ApiUnreachable(f"{self.server} does not answer ({error or type(error).__name__})") from error
            if response.is_success:
                return json.loads(response.content)
            pause = _pause_asked_for(response)
            if pause is None or not left:
                raise _refusal(response)
            time.sleep(pause)
        raise AssertionError("unreachable: the last attempt returns or raises")

    def find(self, api_version: str, kind: str) -> ResourceType | None:
        """Where a kind lives, None when the server does not serve it (yet)."""
        known = self._types.get(api_version, {}).get(kind)
        if known is not None:
            return known
        # A kind may appear at any time with its definition, so only answers that have it are kept.
        with self._lock:
            served = self._types.get(api_version, {})
            if kind not in served:
                served = self._discover(api_version)
                self._types[api_version] = served
        return served.get(kind)

    def _discover(self, api_version: str) -> dict[str, ResourceType]:
        base = f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"
        try:
            answer = self.request("GET", base)
        except ApiError as error:
            if error.status == 404:
                return {}
            raise
        return {
            entry["kind"]: ResourceType(base, entry["name"], entry["namespaced"])
            for entry in answer["resources"]
            if "/" not in entry["name"]
        }

    def watch(self, path: str, params: Mapping[str, str], tick: float) -> Iterator[tuple[str, KubeObject] | None]:
        """Yield (event type, object) as they come, and None whenever `tick` seconds pass without one.

        Without a resourceVersion in `params` the first events are the objects that exist already. The watch
        ends when the server ends it; the caller then starts again.

        Raises:
            ApiError: the server refused.
            ApiUnreachable: the connection broke.
        """
        query = {"watch": "true", "timeoutSeconds": str(_WATCH_SECONDS), **params}
        timeout = httpx.Timeout(tick, connect=_CONNECT_SECONDS)
        try:
            with self._client.stream("GET", path, params=query, timeout=timeout) as response:
                if not response.is_success:
                    response.read()
                    raise _refusal(response)
                for line in response.iter_lines():
                    event: dict[str, Any] = json.loads(line)
                    if event["type"] == "ERROR":
                        return
                    yield event["type"], event["object"]
        except httpx.ReadTimeout:
            yield None
        except httpx.TransportError as error:
            raise ApiUnreachable(f"{self.server} does not answer ({error or type(error).__name__})") from error


def _pause_asked_for(response: httpx.Response) -> float | None:
    """Seconds after which the server wants the request again: it is busy, or a new kind's storage is not ready yet."""
    asked = response.headers.get("Retry-After", "")
    return float(asked) if response.status_code in (429, 503) and asked.isdigit() else None


def _refusal(response: httpx.Response) -> ApiError:
    reason, message = "", response.text.strip() or response.reason_phrase
    with suppress(ValueError):
        status: object = response.json()
        if isinstance(status, dict):
            details = cast("dict[str, Any]", status)
            reason = str(details.get("reason") or "")
            message = str(details.get("message") or message)
    return ApiError(response.status_code, reason, message)
