"""What the pods behind an object say about why it is not ready."""

from __future__ import annotations

from collections.abc import Iterator

from rehearsal.kubernetes.api import Api
from rehearsal.kubernetes.objects import KubeObject, at, condition, items, mapping, name_of, namespace_of

_LIMIT = 5  # pods of one object tend to fail alike
_STATUS_LISTS = ("initContainerStatuses", "containerStatuses")


def problems(api: Api, owner: KubeObject) -> list[str]:
    """One line per problem of a workload's pods, at most five; empty for objects without pods.

    Raises:
        ApiError, ApiUnreachable: the pods cannot be listed.
    """
    selector = mapping(owner, "spec", "selector", "matchLabels")
    if not selector:
        return []
    labels = ",".join(f"{key}={value}" for key, value in sorted(selector.items()))
    path = f"/api/v1/namespaces/{namespace_of(owner)}/pods"
    found = api.request("GET", path, params={"labelSelector": labels})
    lines = [line for pod in items(found, "items") for line in of_pod(pod)]
    return list(dict.fromkeys(lines))[:_LIMIT]


def of_pod(pod: KubeObject) -> Iterator[str]:
    """The problems of one pod: not scheduled, a container that waits or ended badly."""
    scheduled = condition(pod, "PodScheduled")
    if scheduled is not None and scheduled.get("status") == "False":
        yield f"pod {name_of(pod)} is not scheduled: {scheduled.get('message')}"
    if at(pod, "status", "phase") == "Failed" and at(pod, "status", "message"):
        yield f"pod {name_of(pod)} failed: {at(pod, 'status', 'message')}"
    for statuses in _STATUS_LISTS:
        for status in items(pod, "status", statuses):
            yield from _of_container(name_of(pod), status)


def _of_container(pod: str, status: KubeObject) -> Iterator[str]:
    where = f"pod {pod}, container {status.get('name')}"
    waiting = at(status, "state", "waiting")
    if waiting and waiting.get("reason") not in ("ContainerCreating", "PodInitializing"):
        yield f"{where} waits: {waiting.get('reason')}: {waiting.get('message') or 'no message'}"
    for state in ("state", "lastState"):
        ended = at(status, state, "terminated")
        if ended and ended.get("exitCode"):
            message = str(ended.get("message") or "no termination message").strip()
            yield f"{where} ended with exit code {ended['exitCode']} ({ended.get('reason')}): {message}"
            return
