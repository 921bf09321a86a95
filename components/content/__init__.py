"""The nine kinds of the Forail operator as code: models, checks over all of them, and what is sent to the API."""

from ..api.models import (
    Credential,
    ForailInstance,
    Group,
    Host,
    InputFrom,
    Inventory,
    JobTemplate,
    JobType,
    Node,
    Organization,
    Project,
    Schedule,
    ScmType,
    SecretConfig,
    SecretKey,
    Team,
    TemplateKind,
    TokenKey,
    Workflow,
)
from .catalog import Catalog
from .check.known import Known
from .problems import ContentError
from .read.resource import Resource

__all__ = [
    "Catalog",
    "ContentError",
    "Credential",
    "ForailInstance",
    "Group",
    "Host",
    "InputFrom",
    "Inventory",
    "JobTemplate",
    "JobType",
    "Known",
    "Node",
    "Organization",
    "Project",
    "Resource",
    "Schedule",
    "ScmType",
    "SecretConfig",
    "SecretKey",
    "Team",
    "TemplateKind",
    "TokenKey",
    "Workflow",
]
