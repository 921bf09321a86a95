"""Settles what a killed engine left open: objects that may exist on the cluster and are not in its state."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import cast

Json = dict[str, object]


def in_flight(state_file: Path) -> bool:
    """Whether the engine was killed in the middle of an operation.

    Args:
        state_file: the stack's state in the file backend; it may be absent.
    """
    if not state_file.exists():
        return False
    checkpoint = cast("Json", json.loads(state_file.read_text()).get("checkpoint") or {})
    return bool(cast("Json", checkpoint.get("latest") or {}).get("pending_operations"))


def adopted(exported: str) -> str:
    """A stack's export with the Kubernetes objects whose creation was in flight taken into the state.

    Creating such an object again would be refused where it exists. A refresh has to follow: it reads what exists and
    drops what does not. Everything else that was in flight is forgotten and made anew.

    Args:
        exported: what `pulumi stack export` wrote; secrets in it stay encrypted.
    """
    document = cast("Json", json.loads(exported))
    deployment = cast("Json", document["deployment"])
    resources = cast("list[Json]", deployment.setdefault("resources", []))
    known = {resource["urn"] for resource in resources}
    for operation in cast("list[Json]", deployment.pop("pending_operations", [])):
        resource = cast("Json", operation["resource"])
        identity = _identity(resource)
        if operation.get("type") == "creating" and identity and resource["urn"] not in known:
            resources.append({**resource, "id": identity, "outputs": resource.get("inputs", {})})
    return json.dumps(document)


def _identity(resource: Json) -> str:
    """The id that the Kubernetes provider gives an object, `namespace/name`; empty for what it cannot name."""
    if not str(resource.get("type", "")).startswith("kubernetes:"):
        return ""
    inputs = cast("Json", resource.get("inputs") or {})
    metadata = cast("Mapping[str, str]", inputs.get("metadata") or {})
    namespace, name = metadata.get("namespace"), metadata.get("name", "")
    return f"{namespace}/{name}" if namespace and name else name
