"""Which changed fields can only be had by replacing the object."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from rehearsal.kubernetes.objects import KubeObject, group_kind
from rehearsal.providers.differences import Difference, Path

_VOLUME_SOURCES = (
    "awsElasticBlockStore azureDisk azureFile cephfs cinder csi fc flexVolume flocker gcePersistentDisk glusterfs "
    "hostPath iscsi local nfs photonPersistentDisk portworxVolume quobyte rbd scaleIO storageos vsphereVolume"
)
_POD_IN_PLACE = ("activeDeadlineSeconds", "tolerations", "schedulingGates")

_METADATA = ("metadata.name", "metadata.namespace")
_SELECTOR = ("spec.selector",)
_ROLE_REF = ("roleRef",)

_FIELDS: Mapping[tuple[str, str], Sequence[str]] = {
    ("apps", "Deployment"): _SELECTOR,
    ("apps", "DaemonSet"): _SELECTOR,
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
    ("", "PersistentVolume"): tuple(f"spec.{source}" for source in _VOLUME_SOURCES.split()),
    ("", "ResourceQuota"): ("spec.scopes",),
    ("", "Secret"): ("type", "data", "stringData"),
    ("", "ConfigMap"): ("data", "binaryData"),
    ("rbac.authorization.k8s.io", "RoleBinding"): _ROLE_REF,
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"): _ROLE_REF,
    ("storage.k8s.io", "StorageClass"): ("provisioner", "parameters"),
}


def replaced_by(
    old: KubeObject,
    new: KubeObject,
    differences: Iterable[Difference],
    *,
    mutable_secrets: bool = False,
    mutable_config_maps: bool = False,
) -> frozenset[Difference]:
    """Of the differences between two inputs of one object, those that replace it.

    Args:
        old: the inputs in the state.
        new: the inputs of the program.
        differences: what differs between them.
        mutable_secrets: let the contents of Secrets change in place (the provider's `enableSecretMutable`).
        mutable_config_maps: the same for ConfigMaps (`enableConfigMapMutable`).
    """
    group, kind = group_kind(new)
    fields = [tuple(field.split(".")) for field in (*_METADATA, *_FIELDS.get((group, kind), ()))]
    mutable = {"Secret": mutable_secrets, "ConfigMap": mutable_config_maps}.get(kind, False) and group == ""
    if mutable and old.get("immutable") is not True:
        fields = [tuple(field.split(".")) for field in _METADATA]
    is_pod = (group, kind) == ("", "Pod")
    return frozenset(
        difference
        for difference in differences
        if any(_covers(field, difference.path) for field in fields) or (is_pod and _replaces_pod(difference.path))
    )


def _covers(field: Path, path: Path) -> bool:
    # A difference above the field (the whole spec came or went) changes the field too.
    shared = min(len(field), len(path))
    return field[:shared] == path[:shared]


def _replaces_pod(path: Path) -> bool:
    return path[0] == "spec" and (len(path) < 2 or path[1] not in _POD_IN_PLACE)
