"""`projects`: synced project repositories."""

from __future__ import annotations

from ..schema.section import Section
from .storage import AccessMode, ClaimSettings


class ProjectsSettings(Section):
    """`projects`: synced project repositories, shared by web and task."""

    storage: ClaimSettings = ClaimSettings(size="4Gi", access_mode=AccessMode.READ_WRITE_MANY)
    """Claim `forail-projects`. `ReadWriteOnce` pins web and task to one node and to one replica each."""
