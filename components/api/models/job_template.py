"""JobTemplate: a playbook with what it needs to run."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field, StrictInt

from .base import Count, Flag, Name, ObjectStatus, Prose, Spec, Text, Variables, at_most


class JobType(StrEnum):
    """What a job does with its hosts."""

    RUN = "run"
    CHECK = "check"


class JobTemplate(Spec):
    """A job template in Forail; it always lives in the operator's own Forail."""

    name: Name | None = None
    """Name in Forail; left out, `metadata.name`."""
    description: Prose | None = None
    """Free text."""
    organization: Text | None = None
    """Has no effect: a job template belongs to its project's organization."""
    project: Text
    """Name in Forail of the project that holds the playbook."""
    playbook: Annotated[Prose, at_most(1024)]
    """Path of the playbook in the project, as its list has it; any with the project's `allowOverride`."""
    inventory: Text
    """Name in Forail of the inventory it runs against."""
    credentials: tuple[Text, ...] = ()
    """Names in Forail of all credentials; others are detached."""
    job_type: JobType = JobType.RUN
    """`check` changes nothing on the hosts."""
    limit: Prose | None = None
    """Host pattern that narrows the inventory."""
    extra_vars: Variables | None = None
    """Variables, as YAML or JSON text."""
    forks: Count = 0
    """Hosts worked on at a time; 0 for Ansible's default. Forail takes 200, or what its setting MAX_FORKS says."""
    verbosity: Annotated[StrictInt, Field(ge=0, le=5, json_schema_extra={"format": "int32"})] = 0
    """0 for normal output to 5 for everything."""
    ask_credential_on_launch: Flag | None = None
    """Accept other credentials at launch."""
    ask_inventory_on_launch: Flag | None = None
    """Accept another inventory at launch."""
    ask_limit_on_launch: Flag | None = None
    """Accept another limit at launch."""
    ask_variables_on_launch: Flag | None = None
    """Accept variables at launch: from people, schedules and workflow nodes."""


class JobTemplateStatus(ObjectStatus):
    """What the operator knows of a job template."""
