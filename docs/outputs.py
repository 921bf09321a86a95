"""The README's table of stack outputs, from the dataclass that exports them."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from itertools import pairwise

from pydantic.alias_generators import to_camel

from components.outputs import StackOutputs
from docs.rows import flat, table


def outputs() -> str:
    """Name and meaning of each output."""
    return table(("Output", "What it is"), ((f"`{to_camel(name)}`", text) for name, text in _documented()))


def _documented() -> Iterator[tuple[str, str]]:
    """Each field of the dataclass and the literal below it."""
    (body,) = (node.body for node in ast.parse(inspect.getsource(StackOutputs)).body if isinstance(node, ast.ClassDef))
    for field, literal in pairwise(body):
        match field, literal:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                yield name, flat(text)
            case _:
                pass
