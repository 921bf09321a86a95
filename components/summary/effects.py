"""What the changes of a plan mean for who uses the platform."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from .plan import Change, Json

_WORKLOADS = ("Deployment", "StatefulSet")
_TASK, _INIT, _WEB, _BACKUP, _RESTORE = "-task", "-init", "-web", "-before-upgrade", "-restore"
_OPA = "-opa"
# Former encryption keys stay, so another epoch is another resource.
_KEY_EPOCH = re.compile(r"-secret-key-\d+$")
# What a pod takes of its grace for its own end; the rest is for its jobs.
_OWN_END_SECONDS = 30
_DEFAULT_GRACE_SECONDS = 30
_CONTENT = "forail.forail-platform.io/"
_WAITED_FOR = (
    "Are waited for, each as long as its pod's grace allows; what runs longer fails. Pending ones start later."
)
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
        Effect("What changes", (*versions(found), *_objects(found)) or ("Nothing.",)),
        *consequences(found),
    )


def consequences(found: Sequence[Change]) -> tuple[Effect, ...]:
    """What follows for people from what changes."""
    return (
        Effect("Which pods restart", tuple(_restarts(found)) or ("None.",)),
        Effect("Running jobs", (_jobs(found),)),
        Effect("Restore", tuple(_restores(found)) or ("None.",)),
        Effect("Secrets", tuple(_secrets(found)) or ("No new value is generated.",)),
        Effect("Backup", (_backup(found),)),
        Effect("Way back", tuple(_irreversible(found)) or ("The old settings and another `pulumi up`.",)),
    )


def versions(found: Sequence[Change]) -> tuple[str, ...]:
    """Other images, and other sizes of claims."""
    images = (f"{name}: {old} -> {new}." for name, old, new in _images(found))
    sizes = (
        f"Claim {change.name}: {_size(change.old)} -> {_size(change.new)}."
        for change in found
        if change.kind == "PersistentVolumeClaim" and change.operation == "update" and _size(change.old)
    )
    return (*images, *sizes)


def is_first(found: Sequence[Change]) -> bool:
    """Whether the platform is made, and nothing ran before."""
    return any(_is(change, _WEB, "Deployment") and change.operation == "create" for change in found)


def _is(change: Change, ending: str, *kinds: str) -> bool:
    return change.kind in kinds and change.name.endswith(ending)


def _objects(found: Sequence[Change]) -> Iterator[str]:
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
        if change.kind in _WORKLOADS and change.operation == "delete":
            yield f"{change.name}: its pods end."
        if not _restarting(change):
            continue
        if change.operation == "replace":
            yield f"{change.name}: all its pods end before new ones start."
        elif _strategy(change.new) == "Recreate" or change.kind == "StatefulSet":
            yield f"{change.name}: each old pod ends before its new one starts."
        else:
            yield f"{change.name}: a new pod is ready before an old one ends."
        if change.name.endswith(_OPA):
            yield f"{change.name}: its new pod knows no policy; send them again (docs/failures.md)."
    if _replaces_data(found):
        yield "web and task: away until the backup is restored."
    if _new_key(found):
        yield "web and task: away until everything is stored under the new encryption key."


def _jobs(found: Sequence[Change]) -> str:
    if _new_key(found) or _replaces_data(found):
        return _WAITED_FOR
    # Another kind of workload is made before the former one is deleted, with its jobs.
    ends = (one for one in found if _is(one, _TASK, *_WORKLOADS) and (one.operation == "delete" or _restarting(one)))
    task = next(ends, None)
    if task is None:
        return "Go on."
    if not task.old:
        return _WAITED_FOR
    seconds = int(_pod(task.old).get("terminationGracePeriodSeconds", _DEFAULT_GRACE_SECONDS)) - _OWN_END_SECONDS
    return (
        f"Are waited for, each node for at most {max(seconds, 0)} s; what runs longer fails. Pending ones start later."
    )


def _restores(found: Sequence[Change]) -> Iterator[str]:
    """From the id of a restore: its Job runs for other reasons too, and then changes nothing."""
    for change in filter(_restoring, found):
        source = change.new.get("keepers", {}).get("from", "a backup")
        named = "The newest backup" if source == "newest" else f"Backup {source}"
        yield f"{named} takes the place of the database; what was written after it is lost."


def _restoring(change: Change) -> bool:
    return _is(change, _RESTORE, "RandomId") and change.operation in ("create", "replace")


def _replaces_data(found: Sequence[Change]) -> bool:
    """Whether a backup takes the place of data that a running platform has."""
    return not is_first(found) and any(map(_restoring, found))


def _secrets(found: Sequence[Change]) -> Iterator[str]:
    if is_first(found):
        return
    # The one of the marks is no secret of anybody: it tells values apart.
    generated = [one for one in found if one.kind == "RandomPassword" and not one.name.endswith("-live-secrets")]
    new = [one for one in generated if one.operation in ("create", "replace")]
    for change in new:
        yield f"New value: {change.name}."
    if _new_key(found):
        yield "Everything that the database stores encrypted is stored under the new encryption key."


def _new_key(found: Sequence[Change]) -> bool:
    return not is_first(found) and any(
        one.kind == "RandomPassword" and one.operation == "create" and _KEY_EPOCH.search(one.name) for one in found
    )


def _backup(found: Sequence[Change]) -> str:
    if any(_is(change, _BACKUP, "Job") and change.operation != "delete" for change in found):
        return "The database is dumped first, and nothing is migrated unless that succeeds."
    if _new_key(found):
        return "The database is dumped under the former key before anything is stored under the new one."
    if _migrates(found):
        return "None is taken, and the database may be migrated: take one first."
    return "None is needed: the database is not migrated."


def _irreversible(found: Sequence[Change]) -> Iterator[str]:
    if _migrates(found):
        yield "Not by the old image: migrations do not run backwards. Restore the backup."
    if _replaces_data(found):
        yield "Not by the old settings: the data before the restore stays beside the database, until the next restore."
    if _new_key(found):
        yield "Not to the former encryption key: a lower epoch is refused. Its dump can be restored."
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
    both = [one for one in found if (_is(one, _INIT, "Job") or _is(one, _WEB, "Deployment")) and one.old and one.new]
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
