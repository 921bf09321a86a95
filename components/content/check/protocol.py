"""What a check is: it gets everything that is declared, and gives what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from ...api.models import SPECS, Spec
from ...schema.shape import Path
from ..problems import Problem
from .index import Index

Check = Callable[[Index], Iterator[Problem]]
"""A check, linear in what it looks at. It takes nothing for granted that another one refuses."""
Found = Iterator[tuple[Path, str]]
"""Path and message for everything that is wrong in one spec."""
_Model = TypeVar("_Model", bound=Spec)


@dataclass(frozen=True)
class SpecCheck:
    """A check that needs no more than one spec."""

    model: type[Spec]
    check: Callable[[Any], Found]


def of(model: type[_Model], check: Callable[[_Model], Found]) -> SpecCheck:
    """`check` for each spec of `model`; for every spec where that is `Spec`."""
    return SpecCheck(model, check)


def each(*checks: SpecCheck) -> Check:
    """`checks` as one, which reports resource by resource."""
    of_model: Mapping[type[Spec], Sequence[Callable[[Any], Found]]] = {
        model: [one.check for one in checks if issubclass(model, one.model)] for model in SPECS.values()
    }

    def run(index: Index) -> Iterator[Problem]:
        for resource in index.resources:
            for check in of_model[type(resource.spec)]:
                for path, message in check(resource.spec):
                    yield Problem(resource.described, path, message)

    return run
