"""The objects of a cluster that somebody declared, so that two clusters' worth of them can be compared."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from rehearsal.kubernetes.api import Api
from rehearsal.kubernetes.objects import KubeObject, annotation, at, describe, items, mapping, name_of, namespace_of
from rehearsal.providers.kubernetes.annotations import AUTONAMED

Found = Mapping[str, KubeObject]
"""Objects by API version, kind and identifier."""

_BY_THE_CLUSTER = frozenset(
    {"APIService", "Endpoints", "EndpointSlice", "Event", "IPAddress", "Lease", "PersistentVolume"}
)
"""Kinds whose objects follow from others."""
_IN_EACH_NAMESPACE = frozenset({("ConfigMap", "kube-root-ca.crt"), ("ServiceAccount", "default")})
_SET_BY_THE_SERVER = ("creationTimestamp", "generation", "managedFields", "resourceVersion", "uid")
_OF_ONE_LIFE = re.compile(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|-[0-9a-f]{7,10}\b|\b[0-9a-f]{16,64}\b")
"""Identities, random suffixes of names, and sums over them."""
_CHOSEN_BY_THE_CLUSTER = ("clusterIP", "clusterIPs", "volumeName")
_ANNOTATED_BY_THE_CLUSTER = ("deployment.kubernetes.io/revision", "volume.kubernetes.io/selected-node")


def declared(api: Api) -> Found:
    """Every object that no controller and no node has made."""
    found: dict[str, KubeObject] = {}
    for version, (path, kind) in _lists(api):
        found.update(_declared(api, version, path, kind))
    return found


def secrets(api: Api) -> Found:
    """The Secrets among them."""
    return _declared(api, "v1", "/api/v1/secrets", "Secret")


def _declared(api: Api, version: str, path: str, kind: str) -> dict[str, KubeObject]:
    listed = ({"apiVersion": version, "kind": kind, **item} for item in api.items(path))
    return {key_of(item): item for item in listed if _is_declared(item)}


def key_of(obj: object) -> str:
    """What tells the object from all others."""
    return f"{at(obj, 'apiVersion')} {describe(obj)}"


def in_state(checkpoint: Mapping[str, Any]) -> set[str]:
    """The keys of the objects that an engine's state holds."""
    resources = items(checkpoint, "latest", "resources")
    return {key_of(resource.get("outputs")) for resource in resources if _is_object(resource)}


def jobs(api: Api) -> dict[str, str]:
    """The comparable names of the Jobs that no CronJob made, by their identity."""
    found = [job for job in api.items("/apis/batch/v1/jobs") if not items(job, "metadata", "ownerReferences")]
    return {str(at(job, "metadata", "uid")): _OF_ONE_LIFE.sub("-*", name_of(job)) for job in found}


def autonamed(obj: KubeObject) -> bool:
    """Whether Pulumi chose its name, which no other object can have."""
    return annotation(obj, AUTONAMED) == "true"


def data_of(found: Found) -> dict[str, str]:
    """The data of each object."""
    return {key: json.dumps(obj.get("data"), sort_keys=True) for key, obj in found.items()}


def comparable(found: Iterable[KubeObject]) -> dict[str, str]:
    """The objects without what differs between two lives of one stack: what the server sets, and what is random."""
    plain = [_plain(obj) for obj in found]
    return {
        _OF_ONE_LIFE.sub("-*", key_of(obj)): _OF_ONE_LIFE.sub("-*", json.dumps(obj, sort_keys=True)) for obj in plain
    }


def _plain(obj: KubeObject) -> KubeObject:
    metadata = {key: value for key, value in obj["metadata"].items() if key not in _SET_BY_THE_SERVER}
    annotations = mapping(obj, "metadata", "annotations").items()
    metadata["annotations"] = {key: value for key, value in annotations if key not in _ANNOTATED_BY_THE_CLUSTER}
    body = {key: value for key, value in obj.items() if key not in ("metadata", "spec", "status", "data")}
    data = {key: _text(obj, str(value)) for key, value in mapping(obj, "data").items()}
    spec = {key: value for key, value in mapping(obj, "spec").items() if key not in _CHOSEN_BY_THE_CLUSTER}
    return {**body, "metadata": metadata, "spec": spec, "data": data}


def _text(obj: KubeObject, value: str) -> str:
    random = obj["kind"] == "Secret" or "BEGIN CERTIFICATE" in value
    return "*" if random else value


def _is_declared(obj: KubeObject) -> bool:
    if items(obj, "metadata", "ownerReferences") or obj["kind"] in _BY_THE_CLUSTER:
        return False
    return (obj["kind"], name_of(obj)) not in _IN_EACH_NAMESPACE


def _is_object(resource: Mapping[str, Any]) -> bool:
    return str(resource.get("type", "")).startswith("kubernetes:") and bool(resource.get("id"))


def _lists(api: Api) -> Iterator[tuple[str, tuple[str, str]]]:
    """API version, and the path and kind of each list that the server offers."""
    groups = items(api.get("/apis"), "groups")
    versions = ["v1", *(str(at(group, "preferredVersion", "groupVersion")) for group in groups)]
    for version in versions:
        base = f"/apis/{version}" if "/" in version else f"/api/{version}"
        for kind in items(api.get(base), "resources"):
            if "list" in kind["verbs"] and "/" not in kind["name"]:
                yield version, (f"{base}/{kind['name']}", str(kind["kind"]))


def path_of(api: Api, obj: KubeObject) -> str | None:
    """Where the object is; None where its kind went with its definition."""
    kind = api.find(str(obj["apiVersion"]), str(obj["kind"]))
    return kind and kind.path(namespace_of(obj), name_of(obj))
