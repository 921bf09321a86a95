"""When an object counts as ready, judged only from the object."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from rehearsal.kubernetes.objects import KubeObject, at, condition, group_kind


@dataclass(frozen=True)
class Ready:
    """The object is ready."""


@dataclass(frozen=True)
class NotYet:
    """The object may still become ready; `reason` says what is missing."""

    reason: str


@dataclass(frozen=True)
class Failed:
    """The object will not become ready by itself."""

    reason: str


Verdict = Ready | NotYet | Failed
Judge = Callable[[KubeObject], Verdict]


def judge_of(obj: KubeObject) -> Judge | None:
    """The judge of an object's kind, None for kinds that are ready when they exist."""
    return _JUDGES.get(group_kind(obj))


def _number(obj: KubeObject, *path: str, default: int = 0) -> int:
    value = at(obj, *path)
    return value if isinstance(value, int) else default


def _is_observed(obj: KubeObject) -> bool:
    return _number(obj, "status", "observedGeneration") >= _number(obj, "metadata", "generation")


def _has(obj: KubeObject, kind: str, status: str = "True") -> bool:
    found = condition(obj, kind)
    return found is not None and found.get("status") == status


def _deployment(obj: KubeObject) -> Verdict:
    if not _is_observed(obj):
        return NotYet("the controller has not seen the change yet")
    if at(obj, "spec", "paused") is True:
        return Ready()
    progressing = condition(obj, "Progressing")
    if progressing is not None and progressing.get("status") == "False":
        # Not the end: pods that become ready late still complete the rollout.
        return NotYet(f"the rollout makes no progress: {progressing.get('message')}")
    wanted = _number(obj, "spec", "replicas", default=1)
    updated, total, available = (
        _number(obj, "status", name) for name in ("updatedReplicas", "replicas", "availableReplicas")
    )
    if updated < wanted:
        return NotYet(f"{updated} of {wanted} replicas run the new pod template")
    if total > updated:
        return NotYet(f"{total - updated} old replicas are still there")
    if available < wanted or not _has(obj, "Available"):
        return NotYet(f"{available} of {wanted} replicas are available")
    if wanted and (progressing is None or progressing.get("reason") != "NewReplicaSetAvailable"):
        return NotYet("the new ReplicaSet is not available yet")
    return Ready()


def _stateful_set(obj: KubeObject) -> Verdict:
    if not _is_observed(obj):
        return NotYet("the controller has not seen the change yet")
    wanted = _number(obj, "spec", "replicas", default=1)
    ready, total = _number(obj, "status", "readyReplicas"), _number(obj, "status", "replicas")
    if ready != wanted or total != wanted:
        return NotYet(f"{ready} of {wanted} replicas are ready")
    if at(obj, "spec", "updateStrategy", "type") == "OnDelete":
        return Ready()
    if at(obj, "status", "updateRevision") != at(obj, "status", "currentRevision"):
        return NotYet(f"{_number(obj, 'status', 'updatedReplicas')} of {wanted} replicas run the new pod template")
    if _number(obj, "status", "currentReplicas") != wanted:
        return NotYet(f"{_number(obj, 'status', 'currentReplicas')} of {wanted} replicas are current")
    return Ready()


def _job(obj: KubeObject) -> Verdict:
    failed = condition(obj, "Failed")
    if failed is not None and failed.get("status") == "True":
        return Failed(f"the Job failed ({failed.get('reason')}): {failed.get('message')}")
    if at(obj, "status", "startTime") is None:
        return NotYet("the Job has not started yet")
    if _has(obj, "Complete"):
        return Ready()
    active, bad = _number(obj, "status", "active"), _number(obj, "status", "failed")
    return NotYet(f"the Job is not complete yet ({active} pods active, {bad} failed)")


def bound(obj: KubeObject) -> Verdict:
    """Whether a claim has its volume."""
    phase = at(obj, "status", "phase")
    if phase == "Lost":
        return Failed("the claim lost its volume")
    return Ready() if phase == "Bound" else NotYet(f"the claim's phase is {phase}")


def pending_or_bound(obj: KubeObject) -> Verdict:
    """Whether a claim is accepted: its class binds it with its first pod."""
    return Ready() if at(obj, "status", "phase") == "Pending" else bound(obj)


_JUDGES: Mapping[tuple[str, str], Judge] = {
    ("apps", "Deployment"): _deployment,
    ("apps", "StatefulSet"): _stateful_set,
    ("batch", "Job"): _job,
}
