"""The nine kinds as typed models: the one source of validation, CRD schemas, types and reference documentation."""

from __future__ import annotations

from collections.abc import Mapping

from ..kinds import Kind
from .base import Spec, Status
from .credential import Credential, CredentialStatus, InputFrom, SecretConfig, SecretKey
from .forail_instance import ForailInstance, ForailInstanceStatus, TokenKey
from .inventory import Group, Host, Inventory, InventoryStatus
from .job_template import JobTemplate, JobTemplateStatus, JobType
from .organization import Organization, OrganizationStatus
from .project import Project, ProjectStatus, ScmType
from .schedule import Schedule, ScheduleStatus
from .team import Team, TeamStatus
from .workflow import Node, TemplateKind, Workflow, WorkflowStatus

SPECS: Mapping[Kind, type[Spec]] = {
    Kind.FORAIL_INSTANCE: ForailInstance,
    Kind.ORGANIZATION: Organization,
    Kind.TEAM: Team,
    Kind.CREDENTIAL: Credential,
    Kind.PROJECT: Project,
    Kind.INVENTORY: Inventory,
    Kind.JOB_TEMPLATE: JobTemplate,
    Kind.SCHEDULE: Schedule,
    Kind.WORKFLOW: Workflow,
}
STATUSES: Mapping[Kind, type[Status]] = {
    Kind.FORAIL_INSTANCE: ForailInstanceStatus,
    Kind.ORGANIZATION: OrganizationStatus,
    Kind.TEAM: TeamStatus,
    Kind.CREDENTIAL: CredentialStatus,
    Kind.PROJECT: ProjectStatus,
    Kind.INVENTORY: InventoryStatus,
    Kind.JOB_TEMPLATE: JobTemplateStatus,
    Kind.SCHEDULE: ScheduleStatus,
    Kind.WORKFLOW: WorkflowStatus,
}

__all__ = [
    "SPECS",
    "STATUSES",
    "Credential",
    "ForailInstance",
    "Group",
    "Host",
    "InputFrom",
    "Inventory",
    "JobTemplate",
    "JobType",
    "Node",
    "Organization",
    "Project",
    "Schedule",
    "ScmType",
    "SecretConfig",
    "SecretKey",
    "Spec",
    "Status",
    "Team",
    "TemplateKind",
    "TokenKey",
    "Workflow",
]
