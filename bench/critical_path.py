"""Which resources determine how long an `up` takes: from the last one back to the first, each by what it waited for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Step:
    """One resource of an `up`; times are seconds since the command was started."""

    label: str
    """Kind and name."""
    started: float
    """When the engine began with it."""
    ended: float
    """When it was done, and what needs it could begin."""
    needs: frozenset[str]
    """URNs of the resources that it waits for."""


@dataclass(frozen=True)
class Link:
    """A step of the chain."""

    step: Step
    waited: float
    """Seconds between the end of the last thing that it needs and its own start: no dependency explains them."""

    @property
    def took(self) -> float:
        """Seconds that it took itself."""
        return self.step.ended - self.step.started


@dataclass(frozen=True)
class CriticalPath:
    """The chain, and where the time of the whole command went."""

    links: Sequence[Link]
    total: float
    """Seconds of the whole command."""

    @property
    def before(self) -> float:
        """Seconds until the chain begins: interpreter, engine, imports, settings."""
        return self.links[0].step.started

    @property
    def waited(self) -> float:
        """Seconds in which no link was at work: the program and the engine are busy with other resources."""
        return sum(link.waited for link in self.links)

    @property
    def took(self) -> float:
        """Seconds in which a link was at work."""
        return sum(link.took for link in self.links)

    @property
    def after(self) -> float:
        """Seconds from the end of the last resource to that of the command."""
        return self.total - self.links[-1].step.ended

    def show(self) -> None:
        """Print the chain and the four parts, which add up to the whole."""
        print(f"\n{'waited':>8} {'took':>8}   critical path (seconds)")
        for link in self.links:
            print(f"{link.waited:>8.2f} {link.took:>8.2f}   {link.step.label}")
        parts = {
            "before it": self.before,
            "waiting for nothing": self.waited,
            "in its resources": self.took,
            "after it": self.after,
        }
        shares = ", ".join(f"{name} {seconds:.1f} s ({seconds / self.total:.0%})" for name, seconds in parts.items())
        print(f"of {self.total:.1f} s: {shares}")


def critical_path(steps: Mapping[str, Step], total: float) -> CriticalPath:
    """The chain that ends with the step that ended last.

    Args:
        steps: by URN; what they need and is not among them took no time.
        total: seconds of the whole command.
    """
    step = max(steps.values(), key=lambda step: step.ended)
    links: list[Link] = []
    while True:
        needed = [steps[urn] for urn in step.needs if urn in steps]
        if not needed:
            return CriticalPath([Link(step, 0.0), *links], total)
        last = max(needed, key=lambda step: step.ended)
        links.insert(0, Link(step, step.started - last.ended))
        step = last


def steps(state: Mapping[str, Any], started: Mapping[str, float], ended: Mapping[str, float]) -> dict[str, Step]:
    """The steps of an `up`; components take no time of their own, so they are left out.

    Args:
        state: the stack's state, as the file backend keeps it.
        started: when the engine began with a resource, by URN.
        ended: when it was done, by URN.
    """
    found: dict[str, Step] = {}
    for resource in state["checkpoint"]["latest"]["resources"]:
        urn = resource["urn"]
        if resource.get("custom") and urn in started and urn in ended:
            kind = resource["type"].rpartition(":")[2]
            label = f"{kind} {urn.rpartition('::')[2]}"
            found[urn] = Step(label, started[urn], ended[urn], frozenset(_needs(resource)))
    return found


def _needs(resource: Mapping[str, Any]) -> set[str]:
    """URNs of what the engine had to have finished: dependencies and the provider, whose reference ends with its id."""
    needs = set[str](resource.get("dependencies") or [])
    properties: Mapping[str, list[str] | None] = resource.get("propertyDependencies") or {}
    for urns in properties.values():
        needs.update(urns or [])
    if provider := resource.get("provider"):
        needs.add(provider.rpartition("::")[0])
    return needs
