"""Organization: the owner of teams, projects, inventories, credentials and workflows."""

from __future__ import annotations

from .base import Count, Name, ObjectStatus, Prose, Spec, Text


class Organization(Spec):
    """An organization in Forail."""

    name: Name | None = None
    """Name in Forail; left out, `metadata.name`."""
    description: Prose | None = None
    """Free text."""
    max_hosts: Count = 0
    """Most hosts that its inventories may hold together; 0 for no limit. Once raised it cannot be set back to 0."""
    default_environment: Text | None = None
    """Name of an execution environment that exists in Forail."""
    forail_instance: Text | None = None
    """Name of a ForailInstance in the same namespace; left out, the operator's own Forail."""


class OrganizationStatus(ObjectStatus):
    """What the operator knows of an organization."""
