"""Which changed fields can only be had by replacing the object."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from rehearsal.kubernetes.objects import KubeObject, group_kind
from rehearsal.providers.differences import Difference, Path

_METADATA = ("metadata.name", "metadata.namespace")
_ROLE_REF = ("roleRef",)

_FIELDS: Mapping[tuple[str, str], Sequence[str]] = {
    ("apps", "Deployment"): ("spec.selector",),
    ("apps", "StatefulSet"): (
        "spec.selector",
        "spec.serviceName",
        "spec.volumeClaimTemplates",
        "spec.podManagementPolicy",
        "spec.revisionHistoryLimit",
    ),
    ("batch", "Job"): ("spec.completions", "spec.parallelism", "spec.selector", "spec.template"),
    ("", "Service"): ("spec.clusterIP",),
    ("", "PersistentVolumeClaim"): (
        "spec.accessModes",
        "spec.selector",
        "spec.storageClassName",
        "spec.volumeName",
    ),
    ("", "Secret"): ("type", "data", "stringData"),
    ("", "ConfigMap"): ("data", "binaryData"),
    ("rbac.authorization.k8s.io", "RoleBinding"): _ROLE_REF,
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"): _ROLE_REF,
}


def replaced_by(obj: KubeObject, differences: Iterable[Difference]) -> frozenset[Difference]:
    """Of the differences between the former inputs of an object and its new ones, `obj`, those that replace it."""
    fields = [tuple(field.split(".")) for field in (*_METADATA, *_FIELDS.get(group_kind(obj), ()))]
    return frozenset(
        difference for difference in differences if any(_covers(field, difference.path) for field in fields)
    )


def _covers(field: Path, path: Path) -> bool:
    # A difference above the field (the whole spec came or went) changes the field too.
    shared = min(len(field), len(path))
    return field[:shared] == path[:shared]
