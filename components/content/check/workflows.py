"""Workflows: nodes, the edges between them, and workflows that start one another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ...api.kinds import Kind
from ...api.models import TemplateKind, Workflow
from ...api.models.workflow import Node
from ...schema.shape import Path
from ..problems import Problem, quoted
from ..read.resource import Resource
from .circles import around, circles, reached, roots
from .index import Index
from .names import unique
from .operator_defects import MOST_NODES
from .protocol import Found


def edges_of(node: Node) -> Mapping[str, tuple[str, ...]]:
    """The three lists of a node's successors."""
    return {"successNodes": node.success_nodes, "failureNodes": node.failure_nodes, "alwaysNodes": node.always_nodes}


def check(spec: Workflow) -> Found:
    """Path and message for everything that is wrong between the nodes of one workflow."""
    yield from unique([node.identifier for node in spec.nodes], ("spec", "nodes"), "identifier", "node")
    if len(spec.nodes) > MOST_NODES:
        yield (
            ("spec", "nodes"),
            f"has {len(spec.nodes)}, and the operator sees {MOST_NODES} of them and makes the others again and again: "
            "move some into a workflow of their own, and start it with a node",
        )
    places: dict[str, int] = {}
    for place, node in enumerate(spec.nodes):
        places.setdefault(node.identifier, place)
    edges: dict[str, list[str]] = {identifier: [] for identifier in places}
    for place, node in enumerate(spec.nodes):
        yield from _successors(node, ("spec", "nodes", place), places)
        for names in edges_of(node).values():
            edges[node.identifier] += [name for name in names if name in places]
    yield from _loops(edges, places)


def _successors(node: Node, path: Path, places: Mapping[str, int]) -> Found:
    listed: dict[str, str] = {}
    seen: set[tuple[str, str]] = set()
    for key, names in edges_of(node).items():
        for place, name in enumerate(names):
            where = (*path, key, place)
            if name not in places:
                yield where, f"names the node {quoted(name)}, which spec.nodes does not declare: add it, or correct it"
            elif listed.setdefault(name, key) != key:
                yield (
                    where,
                    f"names the node {quoted(name)}, which is in {listed[name]} as well: two nodes have one edge at "
                    "most; for both outcomes, use only alwaysNodes",
                )
            elif (key, name) in seen:
                yield where, f"names the node {quoted(name)} a second time: remove one"
            seen.add((key, name))


def _loops(edges: Mapping[str, list[str]], places: Mapping[str, int]) -> Found:
    for circle in circles(edges):
        yield (
            ("spec", "nodes", places[circle[0]]),
            f"is part of a circle, and a workflow must come to an end: {around(circle)}; remove one of these edges",
        )
    started = reached(roots(edges), edges)
    for identifier in edges:
        if identifier not in started:
            yield (
                ("spec", "nodes", places[identifier]),
                f"never starts: no path leads to {quoted(identifier)} from a node that no edge leads to",
            )


def between(index: Index) -> Iterator[Problem]:
    """Workflows that come to start themselves."""
    edges = {workflow: _started(index, workflow, spec) for workflow, spec in index.each(Workflow)}
    for circle in circles(edges):
        first = circle[0]
        names = around([workflow.forail_name for workflow in circle])
        yield Problem(
            first.described,
            ("spec", "nodes"),
            f"makes the workflow start itself: {names}; remove one of these nodes",
        )


def _started(index: Index, workflow: Resource, spec: Workflow) -> list[Resource]:
    found = [resource for resource in index.dependencies(workflow) if resource.kind is Kind.WORKFLOW]
    home = index.home(workflow)
    itself = any(
        node.unified_job_template_kind is TemplateKind.WORKFLOW_JOB_TEMPLATE
        and index.named.get((Kind.WORKFLOW, home, node.unified_job_template)) is workflow
        for node in spec.nodes
    )
    return [workflow, *found] if itself else found
