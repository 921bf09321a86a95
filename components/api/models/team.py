"""Team: users of one organization."""

from __future__ import annotations

from .base import Name, ObjectStatus, Prose, Spec, Text


class Team(Spec):
    """A team in Forail, with all of its members."""

    name: Name | None = None
    """Name in Forail; left out, `metadata.name`."""
    description: Prose | None = None
    """Free text."""
    organization: Text
    """Name in Forail of the organization it belongs to."""
    users: tuple[Text, ...] = ()
    """User names of all members; whoever else is in the team is removed from it. The users must exist."""
    forail_instance: Text | None = None
    """Name of a ForailInstance in the same namespace; left out, the operator's own Forail."""


class TeamStatus(ObjectStatus):
    """What the operator knows of a team."""
