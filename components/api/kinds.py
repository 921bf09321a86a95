"""The nine kinds of the Forail operator: their names in Kubernetes, and what differs between them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

GROUP = "forail.forail-platform.io"
VERSION = "v1alpha1"
API_VERSION = f"{GROUP}/{VERSION}"
CATEGORY = "forail"
"""`kubectl get forail` lists objects of every kind."""
ADOPT = "forail-platform.io/adopt"
"""Annotation: with the value "true" the stack takes over an object that exists in Forail, and may delete it."""


@dataclass(frozen=True)
class Column:
    """One column of `kubectl get`."""

    name: str
    type: str
    path: str
    wide: bool = False
    """Only with `-o wide`."""


_ID = Column("Forail ID", "integer", ".status.forailId")
_READY = Column("Ready", "string", '.status.conditions[?(@.type=="Ready")].status')
_AGE = Column("Age", "date", ".metadata.creationTimestamp")


@dataclass(frozen=True)
class _Names:
    plural: str
    short: tuple[str, ...]
    columns: tuple[Column, ...]


class Kind(StrEnum):
    """A kind, by its name in manifests. The order is one in which objects can be created."""

    FORAIL_INSTANCE = "ForailInstance"
    ORGANIZATION = "Organization"
    TEAM = "Team"
    CREDENTIAL = "Credential"
    PROJECT = "Project"
    INVENTORY = "Inventory"
    JOB_TEMPLATE = "JobTemplate"
    SCHEDULE = "Schedule"
    WORKFLOW = "Workflow"

    @property
    def plural(self) -> str:
        """As in the API's paths."""
        return _NAMES[self].plural

    @property
    def singular(self) -> str:
        """Lower case, as in finalizers."""
        return self.value.lower()

    @property
    def list_kind(self) -> str:
        """Kind of a list of them."""
        return f"{self.value}List"

    @property
    def short_names(self) -> tuple[str, ...]:
        """What `kubectl get` takes as well."""
        return _NAMES[self].short

    @property
    def columns(self) -> tuple[Column, ...]:
        """What `kubectl get` prints, in order."""
        return _NAMES[self].columns

    @property
    def crd_name(self) -> str:
        """Name of the CustomResourceDefinition."""
        return f"{self.plural}.{GROUP}"

    @property
    def routed(self) -> bool:
        """Whether `spec.forailInstance` may send it to another Forail; the others always go to the operator's own."""
        return self in ROUTED

    @property
    def condition(self) -> str:
        """The condition that is True once Forail has the object. A ForailInstance never gets `Synced`."""
        return "Ready" if self is Kind.FORAIL_INSTANCE else "Synced"

    @property
    def finalizer(self) -> str | None:
        """What the operator writes into the metadata so that it can delete in Forail; None for a ForailInstance."""
        return None if self is Kind.FORAIL_INSTANCE else f"{self.singular}.{GROUP}/finalizer"

    @property
    def provider_annotations(self) -> dict[str, str]:
        """What tells the provider how to wait for an object and how to delete it."""
        return {
            # The provider compares the condition's generation, so an old one proves nothing.
            "pulumi.com/waitFor": f"condition={self.condition}",
            # Nothing in the cluster belongs to these. Deleted in the foreground, which is the default, they would wait
            # for the garbage collector too, and that learns of new definitions only every 30 seconds.
            "pulumi.com/deletionPropagationPolicy": "background",
        }


ROUTED = (Kind.ORGANIZATION, Kind.TEAM, Kind.PROJECT, Kind.WORKFLOW)

_NAMES = {
    Kind.FORAIL_INSTANCE: _Names(
        "forailinstances",
        ("fi", "forailinst"),
        (
            Column("URL", "string", ".spec.url"),
            Column("Reachable", "boolean", ".status.reachable"),
            Column("Version", "string", ".status.serverVersion"),
            Column("Last Checked", "date", ".status.lastChecked"),
            _AGE,
        ),
    ),
    Kind.ORGANIZATION: _Names(
        "organizations", ("org",), (_ID, Column("Max Hosts", "integer", ".spec.maxHosts"), _READY, _AGE)
    ),
    Kind.TEAM: _Names(
        "teams", ("tm",), (_ID, Column("Organization", "string", ".spec.organization"), _READY, _AGE)
    ),
    Kind.CREDENTIAL: _Names(
        "credentials",
        ("cred",),
        (
            _ID,
            Column("Type", "string", ".spec.credentialType"),
            Column("Org", "string", ".spec.organization"),
            _READY,
            _AGE,
        ),
    ),
    Kind.PROJECT: _Names(
        "projects",
        ("prj",),
        (
            _ID,
            Column("SCM", "string", ".spec.scmType"),
            Column("URL", "string", ".spec.scmUrl", wide=True),
            Column("Branch", "string", ".spec.scmBranch", wide=True),
            _READY,
            _AGE,
        ),
    ),
    Kind.INVENTORY: _Names(
        "inventories",
        ("inv",),
        (
            _ID,
            Column("Org", "string", ".spec.organization"),
            Column("Hosts", "integer", ".status.hostCount"),
            Column("Groups", "integer", ".status.groupCount"),
            _READY,
            _AGE,
        ),
    ),
    Kind.JOB_TEMPLATE: _Names(
        "jobtemplates",
        ("jt", "jobtmpl"),
        (
            _ID,
            Column("Inventory", "string", ".spec.inventory"),
            Column("Project", "string", ".spec.project"),
            Column("Playbook", "string", ".spec.playbook"),
            _READY,
            _AGE,
        ),
    ),
    Kind.SCHEDULE: _Names(
        "schedules",
        ("sch",),
        (
            _ID,
            Column("JobTemplate", "string", ".spec.jobTemplate"),
            Column("Enabled", "boolean", ".spec.enabled"),
            Column("Next Run", "string", ".status.nextRun"),
            _READY,
            _AGE,
        ),
    ),
    Kind.WORKFLOW: _Names(
        "workflows",
        ("wf", "workflow"),
        (
            _ID,
            Column("Organization", "string", ".spec.organization"),
            Column("Nodes", "integer", ".status.nodeCount"),
            _READY,
            _AGE,
        ),
    ),
}  # fmt: skip
