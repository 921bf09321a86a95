"""`content`: what an organization declares beside the platform, and the Forails that one operator serves."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

from pydantic import AfterValidator, Field, StrictBool

from ..schema.section import Section
from ..schema.values import SUBDOMAIN_FORM, dns_subdomain
from ..schema.words import Matching

Name = Annotated[str, Matching("a name of 1 to 512 characters on one line", r"[^\x00-\x1f]{1,512}")]
Names = tuple[Name, ...]


class ExistingNames(Section):
    """Names of objects that exist in Forail without being declared, so that references to them are accepted."""

    organizations: Names = ()
    """Organizations."""
    teams: Names = ()
    """Teams."""
    projects: Names = ()
    """Projects."""
    inventories: Names = ()
    """Inventories."""
    credentials: Names = ()
    """Credentials."""
    job_templates: Names = ()
    """Job templates."""
    workflows: Names = ()
    """Workflow job templates."""
    users: Names = ()
    """Users."""
    execution_environments: Names = ()
    """Execution environments."""
    credential_types: Names = ()
    """Credential types beside the built-in ones."""


# A Secret is called <Forail, at most 23>-fleet-<name>-token, and the provider appends '-' and 8 characters: 253 in all.
FleetName = Annotated[
    str,
    AfterValidator(dns_subdomain),
    Matching(
        "a DNS name: lower-case labels joined by dots, at most 208 characters", rf"(?=.{{1,208}}$){SUBDOMAIN_FORM}"
    ),
]


class MemberAddress(StrEnum):
    """Which address of a fleet member the operator uses."""

    PUBLIC = "public"
    INTERNAL = "internal"


class FleetMemberSettings(Section):
    """Another Forail stack; its outputs give address and token."""

    stack: Annotated[
        str,
        Matching("a stack's full name: organization/project/stack", r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+"),
    ]
    """Fully qualified name: organization/project/stack."""
    address: MemberAddress = MemberAddress.PUBLIC
    """`public` is its URL; `internal` its Service, for a platform in the same cluster."""
    insecure_skip_verify: StrictBool = False
    """Do not check its certificate. For a private CA there is `trust`."""


class ContentSettings(Section):
    """Custom resources of the nine kinds, checked before anything is applied."""

    files: tuple[Name, ...] = ()
    """Files of manifests, relative to the project's folder; `*` stands for any name."""
    resources: tuple[dict[str, Any], ...] = ()
    """Manifests written here: apiVersion, kind, metadata, spec."""
    existing: ExistingNames = ExistingNames()
    """Names that references may use without a declaration."""
    fleet: dict[FleetName, FleetMemberSettings] = Field(default_factory=dict[str, FleetMemberSettings])
    """Further Forails by the name that `forailInstance` uses."""
    canary: StrictBool = True
    """Declare the organization `forail-canary`, which proves that the operator is authorised."""
    timeout_seconds: Annotated[int, Field(ge=1, le=86400, strict=True)] | None = None
    """Seconds each resource, the canary included, may take to sync. Left out: 90 for the canary; for the others 90 and
    2 more for each resource, and for projects, job templates, schedules and workflows at least 600."""
