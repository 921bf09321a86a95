"""How large a document may become: aliases make a short text long, and the state, the API and Forail write them out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from yaml.constructor import ConstructorError
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

# Far more than an object that Kubernetes keeps (1.5 MiB), and written out in a second.
MOST_CHARACTERS = 4_000_000
# Comparing and writing out take a Python call for each level, of which there are a thousand.
MOST_LEVELS = 200


def _children(node: Node) -> list[Node]:
    value = cast("list[Any]", node.value)
    if isinstance(node, MappingNode):
        return [part for pair in cast("list[tuple[Node, Node]]", value) for part in pair]
    return cast("list[Node]", value) if isinstance(node, SequenceNode) else []


def measure(root: Node) -> None:
    """Refuses a document that aliases make endless, longer than MOST_CHARACTERS or deeper than MOST_LEVELS.

    Each node is looked at once, however often an alias names it.
    """
    sizes: dict[Node, tuple[int, int]] = {}
    waiting = [(root, False)]
    around: set[Node] = set()
    while waiting:
        node, children_known = waiting.pop()
        if node in sizes:
            continue
        children = _children(node)
        if not children_known:
            if node in around:
                raise ConstructorError(None, None, "a value holds itself", node.start_mark)
            around.add(node)
            waiting += [(node, True), *((child, False) for child in children)]
            continue
        around.discard(node)
        own = len(cast("str", node.value)) if isinstance(node, ScalarNode) else 0
        size = 1 + own + sum(sizes[child][0] for child in children)
        depth = 1 + max((sizes[child][1] for child in children), default=0)
        if size > MOST_CHARACTERS:
            raise ConstructorError(
                None, None, f"with aliases written out it has over {MOST_CHARACTERS} characters", node.start_mark
            )
        if depth > MOST_LEVELS:
            raise ConstructorError(None, None, f"it is nested too deeply, over {MOST_LEVELS} levels", node.start_mark)
        sizes[node] = size, depth


def shallow(value: object) -> bool:
    """Whether what JSON gave has at most MOST_LEVELS levels; the other reader says where there are more."""
    level = [value]
    for _ in range(MOST_LEVELS):
        level = [inner for outer in level for inner in _inner(outer)]
    return not level


def _inner(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return cast("dict[str, object]", value).values()
    return cast("list[object]", value) if isinstance(value, list) else ()
