"""What threads and tasks share of the Kubernetes API: how requests are written, answers read and failures told."""

from __future__ import annotations

import json
import ssl
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, cast

import httpx

from rehearsal.kubernetes.kubeconfig import Cluster
from rehearsal.kubernetes.objects import KubeObject

CONNECT_SECONDS = 5.0
WATCH_SECONDS = 300
"""After which the server ends a watch."""
NOT_FOUND = 404
_READ_SECONDS = 60.0  # the API server's own limit for a request
_LIMITS = httpx.Limits(max_connections=None, max_keepalive_connections=64, keepalive_expiry=60)


class ApiFailure(Exception):  # noqa: N818 - the API's answer or its silence, not a fault of the caller
    """A request did not succeed. `status` is the server's, 0 when none came."""

    status = 0


class ApiError(ApiFailure):
    """The API server refused. `reason` is its machine-readable reason, such as NotFound."""

    def __init__(self, status: int, reason: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason


class ApiUnreachable(ApiFailure):
    """No answer came from the server; the message names it and the cause."""


class Silence(ApiUnreachable):
    """Nothing came within the time that was given."""


def options(cluster: Cluster, trust: ssl.SSLContext, account: str = "") -> dict[str, Any]:
    """How httpx reaches a cluster, as `account` where one is given."""
    acting = {"Impersonate-User": account} if account else {}
    return {
        "base_url": cluster.server,
        "verify": trust,
        "headers": {
            "Accept": "application/json",
            "User-Agent": "forail-rehearsal",
            **cluster.headers(),
            **acting,
        },
        "timeout": httpx.Timeout(_READ_SECONDS, connect=CONNECT_SECONDS),
        "limits": _LIMITS,
        "trust_env": False,
    }


def content(body: object, content_type: str = "application/json") -> dict[str, Any]:
    """The arguments of a request that carries `body`; None carries nothing."""
    if body is None:
        return {}
    return {"content": json.dumps(body, separators=(",", ":")), "headers": {"Content-Type": content_type}}


def watching(params: Mapping[str, str]) -> dict[str, str]:
    """The parameters of a watch with these besides."""
    return {"watch": "true", "timeoutSeconds": str(WATCH_SECONDS), **params}


def event_of(line: str) -> tuple[str, KubeObject] | None:
    """The event on one line of a watch, None when the watch is at its end."""
    event: dict[str, Any] = json.loads(line)
    return None if event["type"] == "ERROR" else (event["type"], event["object"])


@contextmanager
def reached(server: str) -> Generator[None]:
    """Raise ApiUnreachable, or Silence where only time ran out, instead of what httpx raises."""
    try:
        yield
    except httpx.TransportError as error:
        kind = Silence if isinstance(error, httpx.ReadTimeout) else ApiUnreachable
        raise kind(f"{server} does not answer ({error or type(error).__name__})") from error


def pause_asked_for(response: httpx.Response) -> float | None:
    """Seconds after which the server wants the request again: it is busy, or a new kind's storage is not ready yet."""
    asked = response.headers.get("Retry-After", "")
    return float(asked) if response.status_code in (429, 503) and asked.isdigit() else None


def answer(response: httpx.Response) -> KubeObject:
    """The decoded answer.

    Raises:
        ApiError: the server refused.
    """
    if response.is_success:
        return json.loads(response.content)
    raise refusal(response)


def refusal(response: httpx.Response) -> ApiError:
    """The error that a refusal is, in the server's own words."""
    reason, message = "", response.text.strip() or response.reason_phrase
    with suppress(ValueError):
        status: object = response.json()
        if isinstance(status, dict):
            details = cast("dict[str, Any]", status)
            reason = str(details.get("reason") or "")
            message = str(details.get("message") or message)
    return ApiError(response.status_code, reason, message)
