"""`receptor`: work units of running jobs."""

from __future__ import annotations

from ..schema.section import Section
from .storage import ClaimSettings


class ReceptorSettings(Section):
    """`receptor`: work units of running jobs."""

    storage: ClaimSettings = ClaimSettings(size="2Gi")
    """Claim `forail-receptor`, mounted at /tmp/receptor; one per pod when `task.replicas` is above one."""
