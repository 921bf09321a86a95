"""Environment variables of a container, as its manifest has them."""

from __future__ import annotations

from collections.abc import Sequence

from rehearsal.kubernetes.objects import KubeObject, at, items


def variable(container: KubeObject, name: str) -> KubeObject | None:
    """The variable's entry in the manifest."""
    return next((entry for entry in items(container, "env") if entry.get("name") == name), None)


def text(container: KubeObject, name: str) -> str:
    """The variable's text; empty when it has none."""
    return str(at(variable(container, name), "value") or "")


def secret_key(container: KubeObject, name: str) -> tuple[str, str] | None:
    """Name and key of the Secret that the variable is read from, None when it is not."""
    reference = at(variable(container, name), "valueFrom", "secretKeyRef")
    found = str(at(reference, "name") or ""), str(at(reference, "key") or "")
    return found if all(found) else None


def containers(pod_spec: object) -> Sequence[KubeObject]:
    """Init containers and containers."""
    return [*items(pod_spec, "initContainers"), *items(pod_spec, "containers")]
