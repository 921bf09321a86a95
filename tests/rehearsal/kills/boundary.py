"""When and whom to kill: the victims, and the events of the engine that count as boundaries."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from pulumi.automation import EngineEvent


class Victim(StrEnum):
    """What is killed; MEANINGS says what goes with it."""

    UP = "up"
    ENGINE = "engine"
    PROVIDER = "provider"
    API_SERVER = "api-server"


MEANINGS: Mapping[Victim, str] = {
    Victim.UP: "the command; the engine ends with it, and so do stand-in providers",
    Victim.ENGINE: "the engine; the command lives on and says that it failed",
    Victim.PROVIDER: "the official Kubernetes provider, a process of its own; stand-ins end with the command",
    Victim.API_SERVER: "the API server, which is started again at once, as a node does it",
}
_CHANGES_NOTHING = ("same", "read", "read-replacement", "discard", "discard-replaced", "refresh")
"""The engine's names of operations at which a run is as good as before them."""


@dataclass(frozen=True)
class Boundary:
    """One event of an operation that changes a resource. Two runs that do the same have the same ones.

    Args:
        moment: `begins` or `is done`. The engine says the latter before it writes it down.
        operation: `create`, `update`, `delete`, ...
        urn: the resource.
    """

    moment: str
    operation: str
    urn: str

    def __str__(self) -> str:
        return f"{self.operation} of {self.urn.rpartition('$')[2]} {self.moment}"


@dataclass(frozen=True)
class Aim:
    """Where an `up` is killed: at the first of these boundaries that it comes to.

    Args:
        at: the boundaries; None for whatever comes.
        but: none of these.
    """

    at: frozenset[Boundary] | None = None
    but: frozenset[Boundary] = frozenset()

    def takes(self, boundary: Boundary) -> bool:
        """Whether it is killed there."""
        return boundary not in self.but and (self.at is None or boundary in self.at)


def boundary_of(event: EngineEvent) -> Boundary | None:
    """The boundary that an event is; None for all others."""
    begun, done = event.resource_pre_event, event.res_outputs_event
    step = begun.metadata if begun else done.metadata if done else None
    if step is None or (operation := f"{step.op}".removeprefix("OpType.").lower()) in _CHANGES_NOTHING:
        return None
    return Boundary("begins" if begun else "is done", operation, step.urn)
