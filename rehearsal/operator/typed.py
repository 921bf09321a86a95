"""What becomes of a spec when the operator writes the whole object back from its typed form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from rehearsal.kubernetes.objects import KubeObject, mapping
from rehearsal.operator.kinds import Kind


def with_finalizers(obj: KubeObject, kind: Kind, finalizers: list[str]) -> KubeObject:
    """`obj` with these finalizers, and without the optional fields that say false, 0 or nothing.

    The operator's types leave such fields out when they are encoded, so every full update removes them.
    """
    spec = cast("KubeObject", _pruned(mapping(obj, "spec"), kind.kept, ""))
    return {**obj, "metadata": {**mapping(obj, "metadata"), "finalizers": finalizers}, "spec": spec}


def _pruned(value: object, kept: frozenset[str], path: str) -> object:
    if isinstance(value, list):
        return [_pruned(item, kept, path) for item in cast("list[object]", value)]
    if not isinstance(value, Mapping) or f"{path}*" in kept:
        return cast("object", value)
    fields = cast("Mapping[str, object]", value).items()
    pruned = {name: _pruned(field, kept, f"{path}{name}.") for name, field in fields}
    return {name: field for name, field in pruned.items() if field or f"{path}{name}" in kept}
