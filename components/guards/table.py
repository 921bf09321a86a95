"""Every guard, in the order in which refusals are shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..record import Facts, Refusal
from ..settings.upgrade import GuardName
from . import content, placement, release, versions
from .declaration import Declaration
from .protocol import Guard, Step

GUARDS: Mapping[GuardName, Guard] = {
    GuardName.NAMESPACE: placement.namespace,
    GuardName.DATABASE: placement.database,
    GuardName.ROTATION: placement.rotation,
    GuardName.CLAIM: placement.claim,
    GuardName.POSTGRES: versions.postgres,
    GuardName.BACKEND: versions.backend,
    GuardName.RELEASE: release.release,
    GuardName.EXECUTION: content.execution,
    GuardName.OPERATOR: content.operator,
    GuardName.ORGANIZATION: content.organization,
}
"""The encryption key has a record of its own, beside the key: `data/secret_key.py`."""


def refusals(old: Facts, new: Facts, *, protected: bool, runs: tuple[str, ...]) -> Iterator[Refusal]:
    """What speaks against going from the record `old` to `new`."""
    step = Step(
        old=Declaration.model_validate(old), new=Declaration.model_validate(new), protected=protected, runs=runs
    )
    for guard in GUARDS.values():
        yield from guard(step)
