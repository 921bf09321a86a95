"""Schedule: when a job template starts by itself."""

from __future__ import annotations

from .base import Flag, Identifier, Name, ObjectStatus, Prose, Spec, Text


class Schedule(Spec):
    """A schedule in Forail; it always lives in the operator's own Forail."""

    name: Name | None = None
    """Name in Forail; left out, `metadata.name`."""
    description: Prose | None = None
    """Free text."""
    job_template: Text
    """Name in Forail of the job template it starts; workflows cannot be scheduled here."""
    rrule: Text
    """Start and recurrence: `DTSTART:20300101T020000Z RRULE:FREQ=DAILY;INTERVAL=1`."""
    enabled: Flag = True
    """Whether it starts anything."""
    extra_data: Text | None = None
    """Variables for the job, as YAML or JSON text; the job template must ask for variables."""


class ScheduleStatus(ObjectStatus):
    """What the operator knows of a schedule."""

    job_template_id: Identifier | None = None
    """Primary key of the job template."""
    next_run: Text | None = None
    """When it starts next."""
