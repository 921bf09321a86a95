"""The conditions that the operator writes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from rehearsal.kubernetes.objects import KubeObject, at, items


def now() -> str:
    """The time as the API has it, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def conditions(
    obj: KubeObject, kinds: Sequence[str], holds: bool, reason: str, messages: Sequence[str]
) -> list[KubeObject]:
    """The object's conditions with those of `kinds` set; the time moves only when a status flips.

    Args:
        obj: the object as it is; conditions that it has keep their place.
        kinds: types, in the order in which new ones are appended.
        holds: whether their status is True.
        reason: for all of them.
        messages: one for each.
    """
    found = [dict(item) for item in items(obj, "status", "conditions")]
    for kind, message in zip(kinds, messages, strict=True):
        entry = next((item for item in found if item.get("type") == kind), None)
        if entry is None:
            entry = {"type": kind}
            found.append(entry)
        status = "True" if holds else "False"
        if entry.get("status") != status:
            entry["lastTransitionTime"] = now()
        entry |= {
            "status": status,
            "reason": reason,
            "message": message,
            "observedGeneration": at(obj, "metadata", "generation") or 0,
        }
    return found
