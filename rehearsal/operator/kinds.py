"""The nine kinds as the operator knows them, written down apart from the program that this rehearses."""

from __future__ import annotations

from dataclasses import dataclass

GROUP = "forail.forail-platform.io"
API = f"/apis/{GROUP}/v1alpha1"


@dataclass(frozen=True)
class Kind:
    """One kind.

    Args:
        name: in manifests.
        plural: in paths of the Kubernetes API.
        resource: in paths of Forail's API; empty where nothing is made there.
        kept: dotted paths below `spec` that the operator writes back even when empty; `x.*` is a map of texts.
    """

    name: str
    plural: str
    resource: str
    kept: frozenset[str]

    @property
    def finalizer(self) -> str:
        """What lets the operator delete in Forail first; empty for a ForailInstance."""
        return f"{self.name.lower()}.{GROUP}/finalizer" if self.resource else ""


def _kind(name: str, plural: str, resource: str, *kept: str) -> Kind:
    return Kind(name, plural, resource, frozenset(kept))


FORAIL_INSTANCE = _kind("ForailInstance", "forailinstances", "")
ORGANIZATION = _kind("Organization", "organizations", "organizations")
TEAM = _kind("Team", "teams", "teams", "organization")
PROJECT = _kind("Project", "projects", "projects", "organization")
INVENTORY = _kind("Inventory", "inventories", "inventories", "organization", "hosts.name", "groups.name")
CREDENTIAL = _kind(
    "Credential",
    "credentials",
    "credentials",
    "organization",
    "credentialType",
    "inputs.*",
    "inputsFrom.name",
    "inputsFrom.valueFrom",
    "inputsFrom.valueFrom.name",
    "inputsFrom.valueFrom.key",
)
JOB_TEMPLATE = _kind("JobTemplate", "jobtemplates", "job_templates", "inventory", "project", "playbook")
# Only `enabled` is a pointer in the operator's types, so its false survives.
SCHEDULE = _kind("Schedule", "schedules", "schedules", "jobTemplate", "rrule", "enabled")
WORKFLOW = _kind(
    "Workflow",
    "workflows",
    "workflow_job_templates",
    "organization",
    "nodes.identifier",
    "nodes.unifiedJobTemplate",
)

KINDS = (
    FORAIL_INSTANCE,
    ORGANIZATION,
    TEAM,
    CREDENTIAL,
    PROJECT,
    INVENTORY,
    JOB_TEMPLATE,
    SCHEDULE,
    WORKFLOW,
)
