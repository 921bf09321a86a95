"""Compares the program's object with the one in the state, and decides between update and replacement."""

from __future__ import annotations

from collections.abc import Sequence

from rehearsal.kubernetes.objects import KubeObject, group_kind, is_true, name_of, namespace_of
from rehearsal.providers.calls import DiffCall, DiffResult
from rehearsal.providers.differences import Difference, differences, render
from rehearsal.providers.kubernetes.annotations import REPLACE_UNREADY
from rehearsal.providers.kubernetes.autonaming import is_autonamed
from rehearsal.providers.kubernetes.readiness import Ready, judge_of
from rehearsal.providers.kubernetes.replacement import replaced_by
from rehearsal.providers.wire import plain


def compare(call: DiffCall) -> DiffResult:
    """The differences of two inputs; old inputs come from the state, or from a refresh."""
    old, new = plain(call.old_inputs), plain(call.news)
    changed = tuple(change for change in differences(old, new) if not _is_ignored(change, call.ignored))
    replacing = replaced_by(new, changed)
    if _replaces_unready_job(new, plain(call.old_outputs)):
        unready = Difference.update("metadata", "annotations", REPLACE_UNREADY)
        changed, replacing = (*changed, unready), replacing | {unready}
    return DiffResult(changed, replacing, delete_before_replace=bool(replacing) and _keeps_its_name(old, new))


def _is_ignored(change: Difference, ignored: Sequence[str]) -> bool:
    """Whether the program leaves the property, or one that it is part of, to others."""
    path = render(change.path)
    return any(path == one or path.startswith((f"{one}.", f"{one}[")) for one in ignored)


def _keeps_its_name(old: KubeObject, new: KubeObject) -> bool:
    """Whether the replacement would take the old object's own name, which the program fixed."""
    same = (name_of(old), namespace_of(old)) == (name_of(new), namespace_of(new))
    return same and bool(name_of(new)) and not is_autonamed(new)


def _replaces_unready_job(new: KubeObject, outputs: KubeObject) -> bool:
    if group_kind(new) != ("batch", "Job") or not is_true(new, REPLACE_UNREADY) or not outputs:
        return False
    judge = judge_of(outputs)
    return judge is not None and not isinstance(judge(outputs), Ready)
