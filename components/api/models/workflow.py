"""Workflow: job templates and workflows that start one another."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from .base import Flag, Name, ObjectStatus, Prose, Shape, Spec, Tally, Text, Variables


class TemplateKind(StrEnum):
    """What a node starts."""

    JOB_TEMPLATE = "job_template"
    WORKFLOW_JOB_TEMPLATE = "workflow_job_template"


class Node(Shape):
    """One step."""

    identifier: Name
    """Unique in the workflow; edges name it."""
    unified_job_template: Text
    """Name in Forail of the job template or workflow that the node starts."""
    unified_job_template_kind: TemplateKind = TemplateKind.JOB_TEMPLATE
    """Which of the two it is."""
    extra_data: Text | None = None
    """Variables for the job, as YAML or JSON text; the template must ask for variables."""
    success_nodes: tuple[Text, ...] = ()
    """Identifiers of the nodes that follow when it succeeded."""
    failure_nodes: tuple[Text, ...] = ()
    """Identifiers of the nodes that follow when it failed."""
    always_nodes: tuple[Text, ...] = ()
    """Identifiers of the nodes that follow in any case."""


class Workflow(Spec):
    """A workflow job template in Forail, with all of its nodes and edges."""

    name: Name | None = None
    """Name in Forail; left out, `metadata.name`."""
    description: Prose | None = None
    """Free text."""
    organization: Text
    """Name in Forail of the organization it belongs to."""
    inventory: Text | None = None
    """Name in Forail of an inventory for nodes that ask for one."""
    extra_vars: Variables | None = None
    """Variables, as YAML or JSON text."""
    allow_simultaneous: Flag | None = None
    """Let two runs overlap."""
    ask_inventory_on_launch: Flag | None = None
    """Accept another inventory at launch."""
    ask_limit_on_launch: Flag | None = None
    """Accept a limit at launch."""
    ask_variables_on_launch: Flag | None = None
    """Accept variables at launch."""
    nodes: Annotated[
        tuple[Node, ...],
        Field(json_schema_extra={"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["identifier"]}),
    ] = ()
    """All nodes, at most 200; others in the workflow are deleted."""
    forail_instance: Text | None = None
    """Name of a ForailInstance in the same namespace; left out, the operator's own Forail."""


class WorkflowStatus(ObjectStatus):
    """What the operator knows of a workflow."""

    node_count: Tally | None = None
    """Nodes that the spec declares."""
