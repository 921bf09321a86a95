"""Settles what a killed engine left open: objects that may exist on the cluster and are not in its state."""

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import cast

from rehearsal import checkpoint

Json = dict[str, object]


def in_flight(state_file: Path) -> bool:
    """Whether the engine was killed in the middle of an operation.

    Args:
        state_file: the stack's readable state in the file backend; it may be absent.
    """
    found = checkpoint.load(state_file) or {}
    return bool(cast("Json", found.get("latest") or {}).get("pending_operations"))


def adopted(exported: str) -> str:
    """A stack's export with the Kubernetes objects whose creation was in flight taken into the state.

    Creating such an object again would be refused where it exists. A refresh has to follow: it reads what exists and
    drops what does not. After it, `reinstated` has to follow. Everything else that was in flight is forgotten and made
    again.

    Args:
        exported: what `pulumi stack export` wrote; secrets in it stay encrypted.
    """
    document, resources = _opened(exported)
    deployment = cast("Json", document["deployment"])
    for operation in cast("list[Json]", deployment.pop("pending_operations", None) or []):
        resource = cast("Json", operation["resource"])
        identity = _identity(resource)
        if operation.get("type") == "creating" and identity:
            _take_in(resources, {**resource, "id": identity, "outputs": resource.get("inputs", {})})
    return json.dumps(document)


def reinstated(exported: str) -> str:
    """A refreshed stack's export in which no object waits for its removal while nothing replaces it; `exported` itself
    where there is none.

    The object that was to replace it never came to be. The engine would create the old one again while it still exists.
    """
    document, resources = _opened(exported)
    alive = {resource["urn"] for resource in resources if not resource.get("delete")}
    doomed = Counter(resource["urn"] for resource in resources if resource.get("delete"))
    found = [resource for resource in resources if resource["urn"] not in alive and doomed[resource["urn"]] == 1]
    for resource in found:
        del resource["delete"]
    return json.dumps(document) if found else exported


def _opened(exported: str) -> tuple[Json, list[Json]]:
    document = cast("Json", json.loads(exported))
    deployment = cast("Json", document["deployment"])
    resources = cast("list[Json]", deployment.get("resources") or [])
    deployment["resources"] = resources
    return document, resources


def _take_in(resources: list[Json], created: Json) -> None:
    """Add an object; where it replaces one, in the way in which the engine writes down a replacement that is done."""
    for index, resource in enumerate(resources):
        if resource["urn"] != created["urn"] or resource.get("delete"):
            continue
        if resource.get("pendingReplacement"):  # The old one was deleted first.
            resources[index] = created
        elif resource.get("id") != created["id"]:
            resource["delete"] = True
            resources.insert(index, created)
        return
    resources.append(created)


def _identity(resource: Json) -> str:
    """The id that the Kubernetes provider gives an object, `namespace/name`; empty for what it cannot name."""
    if not str(resource.get("type", "")).startswith("kubernetes:"):
        return ""
    inputs = cast("Json", resource.get("inputs") or {})
    metadata = cast("Mapping[str, str]", inputs.get("metadata") or {})
    namespace, name = metadata.get("namespace"), metadata.get("name", "")
    return f"{namespace}/{name}" if namespace and name else name
