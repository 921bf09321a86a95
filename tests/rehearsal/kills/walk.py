"""Where a walk kills: at every boundary, by lives that are killed again and again, or at some, a life for each."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from tests.rehearsal.kills.boundary import Aim, Boundary, Victim

_Place = TypeVar("_Place")
Plan = Iterator[tuple[Victim, Aim]]
"""Whom to kill where, one `up` after the other."""


@dataclass
class Walk:
    """Lives that together are killed once at each boundary.

    An `up` is killed at the first boundary at which none was killed before, and so is the next one, which goes on where
    it was. What was in flight when it was killed is done before the next one looks, so a life does not come to all
    boundaries. The next life of the walk, which begins from nothing, comes to those that are left.

    Args:
        victim: whom it kills.
        left: the boundaries of a life without a kill at which nothing was killed yet.
    """

    victim: Victim
    left: set[Boundary]
    tried: set[Boundary] = field(default_factory=set[Boundary])
    """Where something was killed; also at boundaries that only a run after a kill has."""

    def plan(self) -> Plan:
        """For one life."""
        while self.left:
            yield self.victim, Aim(but=frozenset(self.tried))

    def note(self, boundary: Boundary) -> None:
        """Told of each kill."""
        self.tried.add(boundary)
        self.left.discard(boundary)


def single(victim: Victim, boundary: Boundary) -> Plan:
    """A life that is killed once."""
    return iter([(victim, Aim(at=frozenset([boundary])))])


def spread(places: Sequence[_Place], number: int, seed: int) -> list[_Place]:
    """So many of them, evenly spaced; the seed says where the first one is."""
    size = len(places)
    number = min(number, size)
    return [places[(seed + index * size // number) % size] for index in range(number)]
