"""What the changes of a plan mean for who uses the platform."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from .plan import Change, Json

_WORKLOADS = ("Deployment", "StatefulSet")
_TASK, _INIT, _WEB, _BACKUP = "forail-task", "forail-init", "forail-web", "forail-before-upgrade"
# What a pod takes of its grace for its own end; the rest is for its jobs.
_OWN_END_SECONDS = 30
_DEFAULT_GRACE_SECONDS = 30
_CONTENT = "forail.forail-platform.io/"
# Changes of this many objects are named; the preview itself has the rest.
_NAMED = 10


@dataclass(frozen=True)
class Effect:
    """One question, and what the plan answers."""

    question: str
    answers: tuple[str, ...]
    """Each a sentence. Names, versions and amounts; no other value of the plan."""


def effects(found: Sequence[Change]) -> tuple[Effect, ...]:
    """Each question with its answers, in the order in which people ask."""
    return (
        Effect("What changes", tuple(_what(found)) or ("Nothing.",)),
        Effect("Which pods restart", tuple(_restarts(found)) or ("None.",)),
        Effect("Running jobs", (_jobs(found),)),
        Effect("Backup", (_backup(found),)),
        Effect("Way back", tuple(_irreversible(found)) or ("The old settings and another `pulumi up`.",)),
    )


def _what(found: Sequence[Change]) -> Iterator[str]:
    for name, old, new in _images(found):
        yield f"{name}: {old} -> {new}."
    for change in found:
        if change.kind == "PersistentVolumeClaim" and change.operation == "update" and _size(change.old):
            yield f"Claim {change.name}: {_size(change.old)} -> {_size(change.new)}."
    objects = [change for change in found if change.is_object]
    for operation, said in (("create", "made"), ("update", "changed"), ("replace", "replaced"), ("delete", "deleted")):
        names = [f"{change.kind} {change.name}" for change in objects if change.operation == operation]
        if names:
            more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
            yield f"{len(names)} {said}: {', '.join(sorted(names)[:_NAMED])}{more}."


def _images(found: Sequence[Change]) -> Iterator[tuple[str, str, str]]:
    for change in found:
        if change.kind in _WORKLOADS:
            old, new = _containers(change.old), _containers(change.new)
            for name in sorted(old.keys() & new.keys()):
                if old[name] != new[name]:
                    yield f"{change.name} ({name})", old[name], new[name]


def _restarts(found: Sequence[Change]) -> Iterator[str]:
    for change in found:
        if not _restarting(change):
            continue
        if change.operation == "replace":
            yield f"{change.name}: all its pods end before new ones start."
        elif _strategy(change.new) == "Recreate" or change.kind == "StatefulSet":
            yield f"{change.name}: each old pod ends before its new one starts."
        else:
            yield f"{change.name}: a new pod is ready before an old one ends."


def _jobs(found: Sequence[Change]) -> str:
    task = next((change for change in found if change.name == _TASK and change.kind in _WORKLOADS), None)
    if task is None or task.operation == "create":
        return "Go on."
    if task.operation != "delete" and not _restarting(task):
        return "Go on."
    seconds = int(_pod(task.old).get("terminationGracePeriodSeconds", _DEFAULT_GRACE_SECONDS)) - _OWN_END_SECONDS
    return (
        f"Are waited for, each node for at most {max(seconds, 0)} s; what runs longer fails. Pending ones start later."
    )


def _backup(found: Sequence[Change]) -> str:
    if any(change.name == _BACKUP and change.kind == "Job" and change.operation != "delete" for change in found):
        return "The database is dumped first, and nothing is migrated unless that succeeds."
    if _migrates(found):
        return "None is taken, and the database may be migrated: take one first."
    return "None is needed: the database is not migrated."


def _irreversible(found: Sequence[Change]) -> Iterator[str]:
    if _migrates(found):
        yield "Not by the old image: migrations do not run backwards. Restore the backup."
    for change in found:
        where = f"{change.kind} {change.name}"
        if change.kind == "PersistentVolumeClaim":
            if change.operation in ("replace", "delete"):
                yield f"None for {where}: what it holds is deleted."
            elif change.operation == "update" and _size(change.old) != _size(change.new):
                yield f"None for {where}: a claim does not shrink."
        elif change.kind == "Namespace" and change.operation in ("replace", "delete"):
            yield f"None for {where}: everything in it is deleted."
        elif change.operation in ("replace", "delete") and str(change.old.get("apiVersion", "")).startswith(_CONTENT):
            yield f"None for {where}: it is deleted in Forail, with its history."


def _migrates(found: Sequence[Change]) -> bool:
    """Whether another backend comes. The first one has nothing to lose; an init Job may be gone, and web tells too."""
    both = [change for change in found if change.name in (_INIT, _WEB) and change.old and change.new]
    return any(_containers(change.old) != _containers(change.new) for change in both)


def _restarting(change: Change) -> bool:
    if change.kind not in _WORKLOADS or change.operation not in ("update", "replace"):
        return False
    return change.operation == "replace" or _template(change.old) != _template(change.new)


def _template(inputs: Json) -> Any:
    return inputs.get("spec", {}).get("template", {})


def _pod(inputs: Json) -> Json:
    return _template(inputs).get("spec", {})


def _containers(inputs: Json) -> dict[str, str]:
    return {str(one["name"]): str(one["image"]) for one in _pod(inputs).get("containers", [])}


def _strategy(inputs: Json) -> str:
    return str(inputs.get("spec", {}).get("strategy", {}).get("type", "RollingUpdate"))


def _size(inputs: Json) -> str:
    return str(inputs.get("spec", {}).get("resources", {}).get("requests", {}).get("storage", ""))
