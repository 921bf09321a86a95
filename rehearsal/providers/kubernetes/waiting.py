"""Waits on the API server until an object is ready."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from rehearsal.kubernetes.api import Api, ResourceType
from rehearsal.kubernetes.exchange import ApiError, ApiFailure
from rehearsal.kubernetes.objects import (
    KubeObject,
    annotation,
    at,
    describe,
    group_kind,
    is_true,
    name_of,
    namespace_of,
)
from rehearsal.providers.kubernetes import pods
from rehearsal.providers.kubernetes.annotations import SKIP_AWAIT, TIMEOUT_SECONDS, WAIT_FOR
from rehearsal.providers.kubernetes.ingresses import IngressWait
from rehearsal.providers.kubernetes.readiness import Failed, Judge, Ready, Verdict, bound, judge_of, pending_or_bound
from rehearsal.providers.kubernetes.services import ServiceWait, needs_wait
from rehearsal.providers.kubernetes.wait_for import parse

DEFAULT_SECONDS = 600.0  # the official provider's limit for every kind but the next
_CLAIM_SECONDS = 300.0
_TICK = 2.0  # how long a cancellation can go unseen
_SHORTEST_TICK = 0.05
_RECONNECT_SECONDS = 0.5
_LATE_BINDING = "WaitForFirstConsumer"
# What else these need cannot be seen in the object: a claim's class, endpoints that settle.
_JUDGED_IN_TIME = frozenset({("", "PersistentVolumeClaim"), ("", "Service"), ("networking.k8s.io", "Ingress")})


class NotReady(Exception):  # noqa: N818 - an outcome of waiting, not a fault of the provider
    """The object exists but is not ready; `live` is its last known form."""

    def __init__(self, live: KubeObject, reasons: list[str]) -> None:
        super().__init__("; ".join(reasons))
        self.live = live
        self.reasons = reasons


class Observer(Protocol):
    """Judges one object over time."""

    def judge(self, obj: KubeObject, /) -> Verdict:
        """Judge the object as it is now."""
        ...

    def tick(self) -> float:
        """Seconds after which to look again without any event."""
        ...


@dataclass(frozen=True)
class _Still:
    """A judge that needs nothing but the object itself."""

    judge: Judge

    def tick(self) -> float:
        return _TICK


@dataclass(frozen=True)
class Waiter:
    """Waits for objects of one API server on behalf of one operation."""

    api: Api
    cancelled: threading.Event
    progress: Callable[[str], None]

    def until_ready(self, kind: ResourceType, inputs: KubeObject, live: KubeObject, timeout: float) -> KubeObject:
        """Wait until the object is ready by its kind or by its annotation pulumi.com/waitFor.

        Args:
            kind: where the object lives.
            inputs: the program's object, which carries the annotations.
            live: the object as the API server last returned it.
            timeout: seconds; 0 takes the annotation pulumi.com/timeoutSeconds, then the kind's default.

        Returns:
            The ready object.

        Raises:
            NotReady: it failed, time ran out, or the operation was cancelled.
        """
        observer = self._observer(inputs, live)
        if observer is None or isinstance(observer.judge(live), Ready):
            return live
        deadline = time.monotonic() + (timeout or _annotated_timeout(inputs) or _default_timeout(inputs))
        return self._watch_until_ready(kind, live, observer, deadline)

    def _observer(self, inputs: KubeObject, live: KubeObject) -> Observer | None:
        if is_true(inputs, SKIP_AWAIT):
            return None
        wanted = annotation(inputs, WAIT_FOR)
        if wanted:
            return _Still(parse(wanted))
        match group_kind(live):
            case ("", "Service"):
                return ServiceWait(self.api) if needs_wait(live) else None
            case ("networking.k8s.io", "Ingress"):
                return IngressWait(self.api)
            case ("", "PersistentVolumeClaim"):
                return _Still(pending_or_bound) if self._binds_late(live) else _Still(bound)
            case _:
                judge = judge_of(live)
                return None if judge is None else _Still(judge)

    def _binds_late(self, claim: KubeObject) -> bool:
        name = at(claim, "spec", "storageClassName")
        if not name:
            return False
        try:
            found = self.api.request("GET", f"/apis/storage.k8s.io/v1/storageclasses/{name}")
        except ApiError:
            return False
        return found.get("volumeBindingMode") == _LATE_BINDING

    def _watch_until_ready(
        self, kind: ResourceType, live: KubeObject, observer: Observer, deadline: float
    ) -> KubeObject:
        shown, reason = "", ""
        path = kind.path(namespace_of(live))
        query = {"fieldSelector": f"metadata.name={name_of(live)}"}
        while True:
            remaining = deadline - time.monotonic()
            if remaining <= 0 or self.cancelled.is_set():
                why = "the operation was cancelled" if self.cancelled.is_set() else "timed out"
                raise NotReady(live, [f"{describe(live)}: {why} while waiting: {reason}", *self._details(live)])
            try:
                for event in self.api.watch(path, query, min(observer.tick(), max(remaining, _SHORTEST_TICK))):
                    if event is not None and event[0] == "DELETED":
                        raise NotReady(live, [f"{describe(live)} was deleted while waiting for it"])
                    live = event[1] if event is not None else live
                    verdict = observer.judge(live)
                    if isinstance(verdict, Ready):
                        return live
                    if isinstance(verdict, Failed):
                        raise NotReady(live, [f"{describe(live)}: {verdict.reason}", *self._details(live)])
                    reason = verdict.reason
                    if reason != shown:
                        self.progress(reason)
                        shown = reason
                    if time.monotonic() > deadline or self.cancelled.is_set():
                        break
            except ApiFailure as error:
                # The object exists: an API server that restarts or is busy is waited for like anything else.
                reason = str(error)
                self.cancelled.wait(_RECONNECT_SECONDS)

    def _details(self, live: KubeObject) -> list[str]:
        try:
            return pods.problems(self.api, live)
        except ApiFailure:
            return []


def unready_now(inputs: KubeObject, live: KubeObject) -> str | None:
    """Why the live object is not ready at this moment, None when it is or when only time could tell."""
    if is_true(inputs, SKIP_AWAIT) or annotation(inputs, WAIT_FOR) or group_kind(live) in _JUDGED_IN_TIME:
        return None
    judge = judge_of(live)
    verdict = Ready() if judge is None else judge(live)
    return None if isinstance(verdict, Ready) else f"{describe(live)}: {verdict.reason}"


def _annotated_timeout(inputs: KubeObject) -> float:
    text = annotation(inputs, TIMEOUT_SECONDS)
    return float(text) if text.isdigit() else 0.0


def _default_timeout(inputs: KubeObject) -> float:
    return _CLAIM_SECONDS if group_kind(inputs) == ("", "PersistentVolumeClaim") else DEFAULT_SECONDS
