"""The objects that a fresh cluster brings along: simulated nodes and a default storage class."""

from collections.abc import Mapping
from typing import cast

from rehearsal.kubernetes.api import Api

NODES = 3
DEFAULT_CLASS = "standard"
PROVISIONER = "rehearsal.forail/simulated"
"""The claim stages make the volumes that this name promises."""
_LEASES = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases"
_CAPACITY = {"cpu": "16", "memory": "64Gi", "pods": "110", "ephemeral-storage": "500Gi", "nvidia.com/gpu": "1"}
"""A single node takes the whole platform, so that claims bound to one node cannot starve its pods."""


def apply_world(api: Api, kubelet_version: str) -> None:
    """Create what is absent of the nodes and the default storage class.

    Args:
        api: the cluster.
        kubelet_version: what the simulated kubelets say they are, with its `v`.
    """
    api.create("/apis/storage.k8s.io/v1/storageclasses", _storage_class())
    for index in range(1, NODES + 1):
        api.create("/api/v1/nodes", _node(index, kubelet_version))


def release_nodes(api: Api) -> None:
    """Remove the leases of a former kwok: the next one would leave the nodes alone until they expire, 40 s later."""
    api.delete(_LEASES)


def missing(api: Api) -> str:
    """What still has to happen before pods can run here, in words; empty when nothing has."""
    ready = sum(1 for node in api.items("/api/v1/nodes") if _is_ready(node))
    if ready < NODES:
        return f"{ready} of {NODES} simulated nodes are ready"
    if len(api.items(_LEASES)) < NODES:
        return "kwok does not hold every node's lease"
    if api.get("/api/v1/namespaces/default/serviceaccounts/default") is None:
        return "the default service account has not been made"
    return ""


def _is_ready(node: Mapping[str, object]) -> bool:
    status = cast("Mapping[str, list[Mapping[str, str]]]", node.get("status", {}))
    ready = any(c["type"] == "Ready" and c["status"] == "True" for c in status.get("conditions", []))
    spec = cast("Mapping[str, list[object]]", node.get("spec", {}))
    return ready and not spec.get("taints")


def _storage_class() -> dict[str, object]:
    return {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {
            "name": DEFAULT_CLASS,
            "annotations": {"storageclass.kubernetes.io/is-default-class": "true"},
        },
        "provisioner": PROVISIONER,
        "reclaimPolicy": "Delete",
        "volumeBindingMode": "WaitForFirstConsumer",
        "allowVolumeExpansion": True,
    }


def _node(index: int, kubelet_version: str) -> dict[str, object]:
    name = f"node-{index}"
    information = dict.fromkeys(
        ("osImage", "kernelVersion", "bootID", "machineID", "systemUUID", "containerRuntimeVersion"), "simulated"
    )
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": name,
            "labels": {
                "kubernetes.io/hostname": name,
                "kubernetes.io/os": "linux",
                "kubernetes.io/arch": "amd64",
                "topology.kubernetes.io/zone": f"zone-{index}",
            },
        },
        "status": {
            "capacity": _CAPACITY,
            "allocatable": _CAPACITY,
            "addresses": [
                {"type": "InternalIP", "address": f"192.0.2.{10 + index}"},
                {"type": "Hostname", "address": name},
            ],
            "nodeInfo": {
                **information,
                "architecture": "amd64",
                "operatingSystem": "linux",
                "kubeletVersion": kubelet_version,
                "kubeProxyVersion": "",
            },
        },
    }
