"""What the models say about their fields: the text below each field, read from the source only when somebody asks.

pydantic can read it as it makes each model; that took a tenth of a second of every preview.
"""

from __future__ import annotations

import ast
import functools
import inspect
import sys
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

from pydantic import BaseModel


@functools.cache
def of(model: type[BaseModel]) -> Mapping[str, str]:
    """The descriptions of `model`'s fields, inherited ones too, by the key in YAML; a field without one is left out."""
    found: dict[str, str] = {}
    for base in reversed(model.__mro__):
        if issubclass(base, BaseModel) and base is not BaseModel:
            found |= _of_module(base.__module__).get(base.__name__, {})
    return {str(field.alias): found[name] for name, field in model.model_fields.items() if name in found}


@functools.cache
def _of_module(name: str) -> Mapping[str, Mapping[str, str]]:
    """The text below each annotated name of a module's classes, by class and name."""
    source = Path(str(sys.modules[name].__file__)).read_text(encoding="utf-8")
    return {node.name: dict(_below(node)) for node in ast.parse(source).body if isinstance(node, ast.ClassDef)}


def _below(node: ast.ClassDef) -> list[tuple[str, str]]:
    return [
        (field.target.id, inspect.cleandoc(text.value.value))
        for field, text in pairwise(node.body)
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
        if isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant) and isinstance(text.value.value, str)
    ]
