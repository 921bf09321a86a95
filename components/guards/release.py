"""Versions that nobody has seen together."""

from __future__ import annotations

from collections.abc import Iterator

from ..record import Refusal
from ..settings.releases import TOGETHER, unknown_mix
from ..settings.upgrade import GuardName
from .protocol import Step, refusal


def release(step: Step) -> Iterator[Refusal]:
    """A change to a mix of backend, frontend and operator that is in no release."""
    mix = {name: step.new.versions[name] for name in TOGETHER if name in step.new.versions}
    if mix == {name: step.old.versions.get(name) for name in mix} or not step.old.versions:
        return
    why = unknown_mix(mix)
    if why is not None:
        named = ", ".join(f"{name} {version}" for name, version in mix.items())
        yield refusal(
            GuardName.RELEASE,
            named,
            f"images change to {named}: {why}. Versions that do not fit together show as pages that fail or as "
            "content that never syncs. Try the mix on another stack first.",
        )
