"""What exists in Forail without being declared here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields

from ...api.kinds import Kind
from .credential_types import GALAXY, MACHINE, TYPES

# What `register_default_execution_environments` makes; the init Job runs it.
EXECUTION_ENVIRONMENTS = frozenset({"AWX EE (latest)", "Control Plane Execution Environment"})
# What `create_preload_data` makes, by name: the type of each credential, and where one is attached.
SEEDED_CREDENTIALS: Mapping[str, str] = {"Ansible Galaxy": GALAXY, "Demo Credential": MACHINE}
SEEDED_ATTACHED: Mapping[str, str] = {"Demo Job Template": "Demo Credential"}
# Forail keeps it itself ("managed"), and refuses every change with 403.
MANAGED_CREDENTIALS = frozenset({"Ansible Galaxy"})

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
    types_of_credentials: Mapping[str, str] = field(default_factory=dict[str, str])
    """The credential type of existing credentials by their name, where it is known."""

    @classmethod
    def seeded(cls, preload: bool = True, users: Iterable[str] = ("admin",)) -> Known:
        """What a new installation has: `preload` says whether its demo data were made, `users` who was."""
        plain = cls(
            users=frozenset(users),
            execution_environments=EXECUTION_ENVIRONMENTS,
            credential_types=frozenset(TYPES),
        )
        demo = cls(
            organizations=frozenset({"Default"}),
            projects=frozenset({"Demo Project"}),
            inventories=frozenset({"Demo Inventory"}),
            credentials=frozenset(SEEDED_CREDENTIALS),
            types_of_credentials=SEEDED_CREDENTIALS,
            job_templates=frozenset({"Demo Job Template"}),
        )
        return plain | demo if preload else plain

    def __or__(self, other: Known) -> Known:
        """Both together."""
        return Known(**{one.name: getattr(self, one.name) | getattr(other, one.name) for one in fields(self)})

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
