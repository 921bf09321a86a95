"""Directed graphs: circles and reach, in time linear in nodes and edges and without recursion."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import TypeVar

from ..problems import quoted

_SHOWN = 6

T = TypeVar("T", bound=Hashable)
Edges = Mapping[T, Sequence[T]]
"""Successors of every node; each successor is a key as well."""


# `graphlib` serves for an order. Of circles it names only one, and each further one would take another pass over all.
def components(edges: Edges[T]) -> list[list[T]]:
    """Strongly connected components; each comes after those that it leads to (Tarjan's algorithm)."""
    index: dict[T, int] = {}
    low: dict[T, int] = {}
    open_nodes: list[T] = []
    is_open: set[T] = set()
    found: list[list[T]] = []
    for root in edges:
        if root in index:
            continue
        index[root] = low[root] = len(index)
        open_nodes.append(root)
        is_open.add(root)
        walk = [(root, iter(edges[root]))]
        while walk:
            node, successors = walk[-1]
            for successor in successors:
                if successor not in index:
                    index[successor] = low[successor] = len(index)
                    open_nodes.append(successor)
                    is_open.add(successor)
                    walk.append((successor, iter(edges[successor])))
                    break
                if successor in is_open:
                    low[node] = min(low[node], index[successor])
            else:
                walk.pop()
                if walk:
                    low[walk[-1][0]] = min(low[walk[-1][0]], low[node])
                if low[node] == index[node]:
                    found.append(_taken(open_nodes, is_open, node))
    return found


def _taken(open_nodes: list[T], is_open: set[T], root: T) -> list[T]:
    component: list[T] = []
    while not component or component[-1] != root:
        component.append(open_nodes.pop())
        is_open.discard(component[-1])
    return component


def circles(edges: Edges[T]) -> list[list[T]]:
    """One circle for each set of nodes that reach one another: its nodes in order, without the first one repeated."""
    return [
        _circle(component, edges)
        for component in components(edges)
        if len(component) > 1 or component[0] in edges[component[0]]
    ]


def _circle(component: list[T], edges: Edges[T]) -> list[T]:
    members = set(component)
    place: dict[T, int] = {}
    path: list[T] = []
    node = component[-1]
    while node not in place:
        place[node] = len(path)
        path.append(node)
        node = next(successor for successor in edges[node] if successor in members)
    return path[place[node] :]


def reached(starts: Iterable[T], edges: Edges[T]) -> set[T]:
    """Every node that a walk from one of `starts` comes to, the starts included."""
    seen = set(starts)
    waiting = list(seen)
    while waiting:
        for successor in edges[waiting.pop()]:
            if successor not in seen:
                seen.add(successor)
                waiting.append(successor)
    return seen


def roots(edges: Edges[T]) -> list[T]:
    """Nodes that no edge leads to."""
    led_to = {successor for successors in edges.values() for successor in successors}
    return [node for node in edges if node not in led_to]


def around(names: Sequence[str]) -> str:
    """A circle for a message, cut in the middle where it is long."""
    shown = [quoted(name) for name in names[:_SHOWN]]
    return " → ".join([*shown, *(["…"] if len(names) > _SHOWN else []), quoted(names[0])])
