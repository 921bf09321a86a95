"""What to type when a resource is not in sync in time: the operator says why in the resource's status only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import pulumi

from ...api.kinds import GROUP, Kind


def explained(name: str) -> pulumi.ResourceHookBinding:
    """Hooks for custom resources: a failed create or update logs the command that shows the operator's words.

    It asks for no further attempt, and shows nothing of the resource but its kind and name.

    Args:
        name: of the component; states of stacks name the hook after it.
    """
    return pulumi.ResourceHookBinding(on_error=[pulumi.ErrorHook(f"{name}-explain", _explain)])


def _explain(args: pulumi.ErrorHookArgs) -> bool:
    # A preview writes nothing, and the operator does not write the status while it deletes.
    if args.failed_operation in ("create", "update") and not pulumi.runtime.is_dry_run():
        inputs = args.new_inputs or {}
        pulumi.log.error(message(Kind(inputs["kind"]), cast("Mapping[str, Any]", inputs["metadata"])))
    return False


def message(kind: Kind, metadata: Mapping[str, Any]) -> str:
    """The command that shows what the operator says of an object; `metadata` holds at least its namespace and name."""
    namespace, name = metadata["namespace"], metadata["name"]
    path = f'{{.status.conditions[?(@.type=="{kind.condition}")].message}}'
    return (
        f"{kind} {namespace}/{name} is not in sync with Forail. What the operator says of it: "
        f"kubectl -n {namespace} get {kind.plural}.{GROUP} {name} -o jsonpath='{path}' "
        "(if that prints nothing, it has not tried yet: read its log)"
    )
