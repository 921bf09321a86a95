"""Kubernetes objects as JSON trees, and the parts of them that every step asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias, cast

# A decoded JSON object of any kind: its fields are known to the API server only.
KubeObject: TypeAlias = dict[str, Any]


def at(tree: object, *path: str) -> Any:
    """The value at a path of map keys, None where the path ends early."""
    for key in path:
        if not isinstance(tree, Mapping):
            return None
        tree = cast("Mapping[str, object]", tree).get(key)
    return tree


def name_of(obj: object) -> str:
    """`metadata.name`, empty when absent or unknown."""
    name = at(obj, "metadata", "name")
    return name if isinstance(name, str) else ""


def namespace_of(obj: object) -> str:
    """`metadata.namespace`, empty when absent or unknown."""
    namespace = at(obj, "metadata", "namespace")
    return namespace if isinstance(namespace, str) else ""


def annotation(obj: object, key: str) -> str:
    """The value of an annotation, empty when absent or unknown."""
    value = at(obj, "metadata", "annotations", key)
    return value if isinstance(value, str) else ""


def is_true(obj: object, key: str) -> bool:
    """Whether an annotation says "true"."""
    return annotation(obj, key).lower() == "true"


def group_kind(obj: object) -> tuple[str, str]:
    """The API group, empty for the core group, and the kind."""
    group = str(at(obj, "apiVersion") or "").rpartition("/")[0]
    return group, str(at(obj, "kind") or "")


def items(tree: object, *path: str) -> Sequence[KubeObject]:
    """The list of objects at a path, empty when absent."""
    found = at(tree, *path)
    return cast("Sequence[KubeObject]", found) if isinstance(found, list) else ()


def mapping(tree: object, *path: str) -> KubeObject:
    """The map at a path, empty when absent."""
    found = at(tree, *path)
    return cast("KubeObject", found) if isinstance(found, dict) else {}


def condition(obj: object, kind: str) -> KubeObject | None:
    """The status condition of a type."""
    return next((item for item in items(obj, "status", "conditions") if item.get("type") == kind), None)


def identifier_of(obj: object) -> str:
    """The engine's identifier: `namespace/name`, or `name` for what has no namespace."""
    namespace = namespace_of(obj)
    return f"{namespace}/{name_of(obj)}" if namespace else name_of(obj)


def describe(obj: object) -> str:
    """Kind and identifier, for messages."""
    return f"{at(obj, 'kind')} {identifier_of(obj)}"
