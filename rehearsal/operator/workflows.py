"""Passes over workflows, with the defect that stops every node without `extraData`."""

from __future__ import annotations

import json
from typing import Any

from rehearsal.kubernetes.objects import KubeObject, items
from rehearsal.operator.forail import ForailError
from rehearsal.operator.passes import API, Pass, PassError, Status
from rehearsal.operator.records import Record

_EDGES = {"success": "successNodes", "failure": "failureNodes", "always": "alwaysNodes"}
# Forail answers an object where the operator's type wants a text.
_UNDECODABLE = "json: cannot unmarshal object into Go struct field WorkflowNode.extra_data of type string"


def workflow(now: Pass) -> Status:
    """A workflow with all of its nodes and edges."""
    desired = now.field(
        "description",
        "allowSimultaneous",
        "askInventoryOnLaunch",
        "askVariablesOnLaunch",
        "askLimitOnLaunch",
        "extraVars",
    )
    desired["organization"] = now.resolve("organizations", "organization", now.spec["organization"])
    if inventory := now.spec.get("inventory"):
        desired["inventory"] = now.resolve("inventories", "inventory", inventory)
    record = now.place(desired)
    wanted = items(now.spec, "nodes")
    try:
        nodes = _nodes(now, record, wanted)
        _check_edges(wanted)
        now.amend(record, nodes=nodes, edges=[_edges(node) for node in wanted])
    except ForailError as error:
        raise PassError(API, f"nodes: {error}") from error
    return {"forailId": record.id, "nodeCount": len(wanted)}


def _nodes(now: Pass, record: Record, wanted: Any) -> dict[str, Any]:
    kept: dict[str, Any] = dict(record.fields.get("nodes") or {})
    if any(not node["extraData"] for node in kept.values()):
        raise PassError(API, f"nodes: list nodes: {_UNDECODABLE}")
    for node in wanted:
        identifier, extra = node["identifier"], node.get("extraData") or ""
        template = _template(now, node)
        current: dict[str, Any] | None = kept.get(identifier)
        if current == {"template": template, "extraData": extra}:
            continue
        verb = "update" if current else "create"
        path = "workflow_job_template_nodes" if current else f"{now.kind.resource}/{record.id}/workflow_nodes"
        try:
            if extra:
                now.forail.check_prompts(template, extra, f"/api/v2/{path}/")
        except ForailError as error:
            raise PassError(API, f'nodes: {verb} node "{identifier}": {error}') from error
        # An empty text is not sent, so an update leaves what was there.
        stored: dict[str, Any] = {"template": template, "extraData": extra or (current["extraData"] if current else "")}
        kept[identifier] = stored
        now.amend(record, nodes=kept)
        if not stored["extraData"]:
            body = json.dumps({"identifier": identifier, "extra_data": {}})
            raise PassError(API, f'nodes: {verb} node "{identifier}": decode response: {_UNDECODABLE} (body={body})')
    names = {node["identifier"] for node in wanted}
    return {identifier: node for identifier, node in kept.items() if identifier in names}


def _template(now: Pass, node: KubeObject) -> int:
    name, kind = node["unifiedJobTemplate"], node.get("unifiedJobTemplateKind") or "job_template"
    resource, what = {
        "job_template": ("job_templates", "job_template"),
        "workflow_job_template": ("workflow_job_templates", "workflow"),
    }[kind]
    try:
        return now.resolve(resource, what, name, where="")
    except PassError as error:
        raise PassError(API, f"nodes: {error}") from error


def _check_edges(wanted: Any) -> None:
    known = {node["identifier"] for node in wanted}
    for node in wanted:
        for edge, field in _EDGES.items():
            for target in node.get(field) or ():
                if target not in known:
                    raise PassError(
                        API,
                        f'edges: node "{node["identifier"]}" edge {edge}: edge target "{target}" does not match any '
                        "node identifier in this workflow",
                    )


def _edges(node: KubeObject) -> dict[str, Any]:
    return {field: node.get(field) or [] for field in ("identifier", *_EDGES.values())}
