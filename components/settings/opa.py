"""`opa`: the policy decision point."""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from pydantic import StrictBool, model_validator

from ..schema.words import ConflictError
from .workload import Resources, WorkloadSettings, resources


class OpaEnforcement(StrEnum):
    """What the backend does with policy decisions."""

    DISABLED = "disabled"
    FAIL_OPEN = "failOpen"
    FAIL_CLOSED = "failClosed"


class OpaSettings(WorkloadSettings):
    """`opa`: the policy decision point."""

    enabled: StrictBool = True
    """Run `forail-opa`."""
    enforcement: OpaEnforcement = OpaEnforcement.DISABLED
    """Whether the backend asks it, and what an unreachable one means: `failOpen` allows, `failClosed` denies.
    OPA keeps policies in memory: after its restart each has to be sent again (docs/failures.md)."""
    resources: Resources = resources("64Mi", "50m", "256Mi", "500m")
    """Requests and limits of its container."""

    @model_validator(mode="after")
    def _enforcement_needs_opa(self) -> Self:
        if not self.enabled and self.enforcement is not OpaEnforcement.DISABLED:
            raise ConflictError("enforcement", "needs OPA: set opa.enabled: true, or enforcement: disabled")
        return self
