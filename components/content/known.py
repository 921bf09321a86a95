"""What exists in Forail without being declared here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields

from ..api.kinds import Kind

# The credential types of backend 2026.07.1, its lookup plugins included: first those that a job template takes.
_FOR_JOBS = frozenset(
    {
        "Amazon Web Services",
        "Google Compute Engine",
        "Machine",
        "Microsoft Azure Resource Manager",
        "Network",
        "OpenShift or Kubernetes API Bearer Token",
        "OpenStack",
        "Red Hat Ansible Automation Platform",
        "Red Hat Satellite 6",
        "Red Hat Virtualization",
        "Terraform backend configuration",
        "VMware vCenter",
        "Vault",
    }
)
NOT_FOR_JOBS = frozenset(
    {
        "AWS Secrets Manager lookup",
        "Ansible Galaxy/Automation Hub API Token",
        "Bitbucket Data Center HTTP Access Token",
        "Centrify Vault Credential Provider Lookup",
        "Container Registry",
        "CyberArk Central Credential Provider Lookup",
        "CyberArk Conjur Secrets Manager Lookup",
        "GPG Public Key",
        "GitHub Personal Access Token",
        "GitLab Personal Access Token",
        "HashiCorp Vault Secret Lookup",
        "HashiCorp Vault Signed SSH",
        "Insights",
        "Microsoft Azure Key Vault",
        "Source Control",
        "Thycotic DevOps Secrets Vault",
        "Thycotic Secret Server",
    }
)
CREDENTIAL_TYPES = _FOR_JOBS | NOT_FOR_JOBS
# What `register_default_execution_environments` makes; the init Job runs it.
EXECUTION_ENVIRONMENTS = frozenset({"AWX EE (latest)", "Control Plane Execution Environment"})

_NONE: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Known:
    """Names that content may refer to although it does not declare them. They count for every Forail alike.

    `Known.seeded() | Known(users=frozenset({"maria"}))` adds to what an installation has.
    """

    organizations: frozenset[str] = _NONE
    """Organizations."""
    teams: frozenset[str] = _NONE
    """Teams."""
    credentials: frozenset[str] = _NONE
    """Credentials."""
    projects: frozenset[str] = _NONE
    """Projects."""
    inventories: frozenset[str] = _NONE
    """Inventories."""
    job_templates: frozenset[str] = _NONE
    """Job templates."""
    schedules: frozenset[str] = _NONE
    """Schedules."""
    workflows: frozenset[str] = _NONE
    """Workflow job templates."""
    forail_instances: frozenset[str] = _NONE
    """ForailInstances in the content's default namespace, by `metadata.name`."""
    users: frozenset[str] = _NONE
    """User names."""
    execution_environments: frozenset[str] = _NONE
    """Execution environments."""
    credential_types: frozenset[str] = _NONE
    """Credential types."""

    @classmethod
    def seeded(cls, preload: bool = True, users: Iterable[str] = ("admin",)) -> Known:
        """What a new installation has: `preload` says whether its demo data were made, `users` who was."""
        plain = cls(
            users=frozenset(users), execution_environments=EXECUTION_ENVIRONMENTS, credential_types=CREDENTIAL_TYPES
        )
        demo = cls(
            organizations=frozenset({"Default"}),
            projects=frozenset({"Demo Project"}),
            inventories=frozenset({"Demo Inventory"}),
            credentials=frozenset({"Ansible Galaxy", "Demo Credential"}),
            job_templates=frozenset({"Demo Job Template"}),
        )
        return plain | demo if preload else plain

    def __or__(self, other: Known) -> Known:
        """Both together."""
        return Known(**{field.name: getattr(self, field.name) | getattr(other, field.name) for field in fields(self)})

    def of(self, kind: Kind) -> frozenset[str]:
        """The names of one kind."""
        return {
            Kind.FORAIL_INSTANCE: self.forail_instances,
            Kind.ORGANIZATION: self.organizations,
            Kind.TEAM: self.teams,
            Kind.CREDENTIAL: self.credentials,
            Kind.PROJECT: self.projects,
            Kind.INVENTORY: self.inventories,
            Kind.JOB_TEMPLATE: self.job_templates,
            Kind.SCHEDULE: self.schedules,
            Kind.WORKFLOW: self.workflows,
        }[kind]
