"""What a guard is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ..record import Refusal
from ..settings.upgrade import GuardName
from .declaration import Declaration


@dataclass(frozen=True, kw_only=True)
class Step:
    """From the last `up` to this one."""

    old: Declaration
    """What the last `up` declared."""
    new: Declaration
    """What this one declares."""
    protected: bool
    """Whether data is protected: with `destroyData: true` it was said that it may go."""
    runs: tuple[str, ...]
    """Content of this `up` that runs where `task.execution` says."""


Guard = Callable[[Step], Iterator[Refusal]]
"""Says what a step costs. It reads nothing else, so the same step has the same answer in preview and `up`."""


def refusal(guard: GuardName, change: str, reason: str) -> Refusal:
    """A refusal of `guard`.

    Args:
        guard: the guard's name.
        change: from what to what; it must tell this change from every other of its kind.
        reason: YAML path, what would happen, and the way without the loss.
    """
    return Refusal(f"{guard} {change}", reason)
