"""Waits on the API server until a deleted object is gone."""

from __future__ import annotations

import threading
import time

from rehearsal.kubernetes.api import Api, ResourceType
from rehearsal.kubernetes.exchange import ApiError, ApiUnreachable
from rehearsal.kubernetes.objects import (
    KubeObject,
    at,
    describe,
    group_kind,
    is_true,
    name_of,
    namespace_of,
)
from rehearsal.providers.kubernetes.annotations import SKIP_AWAIT

_DEFAULT_SECONDS = 600.0  # the official provider's limit
_TICK = 2.0  # how long a cancellation can go unseen
_SHORTEST_TICK = 0.05
_RECONNECT_SECONDS = 0.5
# Deleting any other kind is waited for even when the program skips the wait for readiness.
_SKIPPABLE = frozenset(
    {
        ("", "Namespace"),
        ("apps", "Deployment"),
        ("apps", "StatefulSet"),
        ("batch", "Job"),
    }
)


class StillThere(Exception):  # noqa: N818 - an outcome of waiting, not a fault of the provider
    """The object was not gone in time."""


def skips_wait(obj: KubeObject) -> bool:
    """Whether the program asks not to wait for the deletion, and the kind lets it."""
    return group_kind(obj) in _SKIPPABLE and is_true(obj, SKIP_AWAIT)


def until_gone(api: Api, kind: ResourceType, live: KubeObject, timeout: float, cancelled: threading.Event) -> None:
    """Wait until the object is deleted.

    Args:
        api: the API server.
        kind: where the object lives.
        live: the object as the API server returned it when it was asked to delete it.
        timeout: seconds; 0 means ten minutes.
        cancelled: ends the wait when it is set.

    Raises:
        StillThere: time ran out or the operation was cancelled; the message says what holds the object.
        ApiError: the server refuses to show it.
    """
    deadline = time.monotonic() + (timeout or _DEFAULT_SECONDS)
    uid = at(live, "metadata", "uid")
    while time.monotonic() < deadline and not cancelled.is_set():
        try:
            found = _watch(api, kind, live, deadline, cancelled)
        except ApiUnreachable:
            cancelled.wait(_RECONNECT_SECONDS)
            continue
        if found is None or at(found, "metadata", "uid") != uid:
            return
        live = found
    holders = ", ".join(at(live, "metadata", "finalizers") or []) or "no finalizer"
    raise StillThere(
        f"{describe(live)} is still there (held by: {holders}): its deletion goes on; run the command again, "
        "and look at what the finalizers wait for if it stays"
    )


def _watch(
    api: Api, kind: ResourceType, live: KubeObject, deadline: float, cancelled: threading.Event
) -> KubeObject | None:
    """Watch for a while; returns the object as it is then, None when it is gone."""
    query = {
        "fieldSelector": f"metadata.name={name_of(live)}",
        "resourceVersion": str(at(live, "metadata", "resourceVersion")),
    }
    tick = max(_SHORTEST_TICK, min(_TICK, deadline - time.monotonic()))
    try:
        for event in api.watch(kind.path(namespace_of(live)), query, tick):
            if event is not None and event[0] == "DELETED":
                return None
            if event is None or time.monotonic() > deadline or cancelled.is_set():
                break
    except ApiError as error:
        # The version may be too old to watch from: then the object itself tells.
        if error.status != 410:
            raise
    return api.get(kind.path(namespace_of(live), name_of(live)))
