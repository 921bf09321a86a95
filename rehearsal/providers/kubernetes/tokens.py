"""Type tokens of the `kubernetes` package: which object they stand for, and which are refused."""

from __future__ import annotations

_REFUSED_MODULES = {
    "helm.sh": "Helm releases and charts",
    "yaml": "YAML files and groups",
    "kustomize": "kustomizations",
}
_REFUSED_KINDS = frozenset(
    {
        *("v1/PersistentVolume", "v1/Pod", "v1/ReplicationController", "v1/ResourceQuota"),
        *("apps/v1/DaemonSet", "apps/v1/ReplicaSet", "storage.k8s.io/v1/StorageClass"),
    }
)
"""The official plugin waits for these or replaces them by rules of their own, and no program here makes any."""


def object_type_of(token: str) -> tuple[str, str]:
    """The apiVersion and kind of a token such as `kubernetes:apps/v1:Deployment`."""
    _, module, kind = token.split(":", 2)
    return module.removeprefix("core/"), kind


def refusal_of(token: str, kind: str) -> str | None:
    """Why the stand-in cannot serve a token, None when it can.

    Args:
        token: the resource's type.
        kind: the kind in its inputs; a Patch resource names the kind that it patches.
    """
    _, module, name = token.split(":", 2)
    family = _REFUSED_MODULES.get(module.split("/")[0])
    if family is not None:
        return f"{token}: the stand-in provider does not serve {family}: install the official kubernetes plugin"
    if name.endswith("Patch") and name != kind:
        return f"{token}: the stand-in provider does not serve patches: install the official kubernetes plugin"
    if "/".join(object_type_of(token)) in _REFUSED_KINDS:
        return f"{token}: the stand-in provider does not serve this kind: install the official kubernetes plugin"
    if name.endswith("List") and name == kind:
        return f"{token}: the stand-in provider does not serve lists: declare each object"
    return None
