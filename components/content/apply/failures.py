"""What to type when a resource is not in sync in time: the operator says why in the resource's status only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi

from ...api.kinds import GROUP, Kind
from ...kube.explained import explained_by


def explained(name: str) -> pulumi.ResourceHookBinding:
    """Hooks for custom resources: a failed create or update logs the command that shows the operator's words.

    Nothing of the resource is shown but its kind and name. A failed delete logs nothing: the operator does not write
    the status then.

    Args:
        name: of the component; states of stacks name the hook after it.
    """
    return explained_by(name, lambda inputs, _: message(Kind(inputs["kind"]), inputs["metadata"]))


def message(kind: Kind, metadata: Mapping[str, Any]) -> str:
    """The command that shows what the operator says of an object; `metadata` holds at least its namespace and name."""
    namespace, name = metadata["namespace"], metadata["name"]
    path = f'{{.status.conditions[?(@.type=="{kind.condition}")].message}}'
    return (
        f"{kind} {namespace}/{name} is not in sync with Forail. What the operator says of it: "
        f"kubectl -n {namespace} get {kind.plural}.{GROUP} {name} -o jsonpath='{path}' "
        "(if that prints nothing, it has not tried yet: read its log)"
    )
