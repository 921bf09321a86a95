"""Field ownership: what the create wrote is handed to the manager that applies updates."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from rehearsal.kubernetes.objects import KubeObject, annotation, at, items, mapping
from rehearsal.providers.kubernetes.annotations import PATCH_FIELD_MANAGER

CREATE_MANAGER = "pulumi-kubernetes"
STATE_KEY = "__fieldManager"

# Managers that wrote for Pulumi with plain requests; kubectl's is someone else's.
_PLAIN_MANAGERS = frozenset({CREATE_MANAGER, "pulumi-resource-kubernetes"})


def new_manager() -> str:
    """A field manager of its own for one object."""
    return f"{CREATE_MANAGER}-{secrets.token_hex(4)}"


def manager_of(inputs: KubeObject, state: Mapping[str, Any]) -> str:
    """The manager to apply with: the annotation's, the state's, or a new one."""
    kept = state.get(STATE_KEY)
    return annotation(inputs, PATCH_FIELD_MANAGER) or (str(kept) if kept else new_manager())


def hand_over(live: KubeObject, manager: str) -> list[KubeObject] | None:
    """The object's managed fields with what a plain create of Pulumi owns moved to `manager`.

    None when there is nothing to move. Without this the first apply would conflict with our own create.
    """
    entries = items(live, "metadata", "managedFields")
    ours = [entry for entry in entries if _is_plain(entry)]
    if not ours:
        return None
    applied = [entry for entry in entries if entry.get("manager") == manager and entry.get("operation") == "Apply"]
    fields: KubeObject = {}
    for entry in (*applied, *ours):
        fields = _union(fields, entry.get("fieldsV1") or {})
    moved = {**ours[-1], "manager": manager, "operation": "Apply", "fieldsV1": fields}
    return [moved, *(entry for entry in entries if entry not in ours and entry not in applied)]


def owned_by_create(live: KubeObject) -> bool:
    """Whether a plain request of Pulumi still owns fields."""
    return any(_is_plain(entry) for entry in items(live, "metadata", "managedFields"))


def without_foreign_fields(obj: KubeObject, live: KubeObject, ignored: Iterable[str], manager: str) -> KubeObject:
    """The object without those ignored fields that someone else owns, so that applying it takes nothing from them.

    Args:
        obj: the object to apply.
        live: the object as it is, with its managed fields.
        ignored: property paths such as `spec.replicas`; paths into lists are kept as they are.
        manager: our own manager.
    """
    for path in ignored:
        keys = path.split(".")
        if "[" not in path and _has_foreign_owner(live, keys, manager):
            obj = _without(obj, keys)
    return obj


def _has_foreign_owner(live: KubeObject, keys: Sequence[str], manager: str) -> bool:
    fields = [f"f:{key}" for key in keys]
    return any(
        at(entry.get("fieldsV1"), *fields) is not None
        for entry in items(live, "metadata", "managedFields")
        if entry.get("manager") != manager and not _is_plain(entry)
    )


def _without(obj: KubeObject, keys: Sequence[str]) -> KubeObject:
    first, rest = keys[0], keys[1:]
    if not rest:
        return {key: value for key, value in obj.items() if key != first}
    return {**obj, first: _without(mapping(obj, first), rest)} if first in obj else obj


def _is_plain(entry: KubeObject) -> bool:
    return (
        entry.get("manager") in _PLAIN_MANAGERS and entry.get("operation") == "Update" and not at(entry, "subresource")
    )


def _union(left: KubeObject, right: KubeObject) -> KubeObject:
    merged = dict(left)
    for key, value in right.items():
        mine = merged.get(key)
        both = isinstance(mine, dict) and isinstance(value, dict)
        merged[key] = _union(cast("KubeObject", mine), cast("KubeObject", value)) if both else value
    return merged
