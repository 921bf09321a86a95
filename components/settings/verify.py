"""`verify`: the Job that proves after each change that the platform works."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StrictBool

from .workload import PodSettings, Resources, resources


class VerifySettings(PodSettings):
    """`verify`: the Job that proves after each change that the platform works."""

    enabled: StrictBool = False
    """Run `forail-verify` at the end of each `up` that changes what it verifies; `up` fails where the platform does."""
    timeout_seconds: Annotated[int, Field(ge=60, le=3600, strict=True)] = 300
    """Seconds until a check that does not hold, or a job that does not end, has failed. Nodes report once a minute."""
    resources: Resources = resources("64Mi", "50m", "256Mi", "500m")
    """Requests and limits of its container."""
