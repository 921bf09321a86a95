"""The Kubernetes API for threads: requests, discovery, watches."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import httpx

from rehearsal.kubernetes.exchange import (
    CONNECT_SECONDS,
    NOT_FOUND,
    ApiError,
    Silence,
    answer,
    content,
    event_of,
    options,
    pause_asked_for,
    reached,
    refusal,
    watching,
)
from rehearsal.kubernetes.kubeconfig import Cluster
from rehearsal.kubernetes.objects import KubeObject, items

_ATTEMPTS = 10  # as client-go, for a server that asks to be asked again
_CONFLICT = 409

APPLY_PATCH = "application/apply-patch+yaml"
JSON_PATCH = "application/json-patch+json"


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
    """One API server. Connections are kept alive and shared by all threads; use it as a context manager or close it."""

    def __init__(self, cluster: Cluster) -> None:
        """Prepare a client; nothing is sent yet.

        Raises:
            KubeconfigError: certificates of the kubeconfig are unreadable.
        """
        self.server = cluster.server
        self._client = httpx.Client(**options(cluster, cluster.trust()))
        self._types: dict[str, dict[str, ResourceType]] = {}
        self._lock = threading.Lock()

    def __enter__(self) -> Api:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

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
        for left in reversed(range(_ATTEMPTS)):
            with reached(self.server):
                response = self._client.request(method, path, params=params, **content(body, content_type))
            pause = pause_asked_for(response)
            if pause is None or not left:
                return answer(response)
            time.sleep(pause)
        raise AssertionError("unreachable: the last attempt returns or raises")

    def get(self, path: str) -> KubeObject | None:
        """The object at `path`, None when there is none.

        Raises:
            ApiFailure: for any other reason than that.
        """
        try:
            return self.request("GET", path)
        except ApiError as error:
            if error.status == NOT_FOUND:
                return None
            raise

    def items(self, path: str) -> Sequence[KubeObject]:
        """The objects of the list at `path`, none when it is not served.

        Raises:
            ApiFailure: for any other reason than that.
        """
        return items(self.get(path), "items")

    def delete(self, path: str) -> None:
        """Delete the object or the collection at `path`; nothing happens when there is none.

        Raises:
            ApiFailure: for any other reason than that.
        """
        try:
            self.request("DELETE", path)
        except ApiError as error:
            if error.status != NOT_FOUND:
                raise

    def create(self, path: str, body: Mapping[str, object]) -> None:
        """Create an object; one that exists is left as it is.

        Raises:
            ApiFailure: for any other reason than that.
        """
        try:
            self.request("POST", path, body=body)
        except ApiError as error:
            if error.status != _CONFLICT:
                raise

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
        return {
            entry["kind"]: ResourceType(base, entry["name"], entry["namespaced"])
            for entry in items(self.get(base), "resources")
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
        timeout = httpx.Timeout(tick, connect=CONNECT_SECONDS)
        try:
            with (
                reached(self.server),
                self._client.stream("GET", path, params=watching(params), timeout=timeout) as response,
            ):
                if not response.is_success:
                    response.read()
                    raise refusal(response)
                for line in response.iter_lines():
                    event = event_of(line)
                    if event is None:
                        return
                    yield event
        except Silence:
            yield None
