"""What a stack declares, as far as a change of it can cost something; kept in the state for the next `up`."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import BaseModel, ConfigDict

from ..api.kinds import Kind
from ..content.catalog import Catalog
from ..settings.images import ImageName
from ..settings.postgres import ExternalPostgres, InClusterPostgres
from ..settings.secrets import SecretName
from ..settings.stack import StackFile
from ..settings.storage import ClaimSettings

# What a change of the execution reaches: both run there.
_RUNS = (Kind.PROJECT, Kind.JOB_TEMPLATE)
VERSIONED = (ImageName.BACKEND, ImageName.FRONTEND, ImageName.OPERATOR, ImageName.POSTGRES)
"""The images whose versions are compared."""


class _Kept(BaseModel):
    """A state outlives releases: what another release recorded beside this is left, what it did not is None."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class DeclaredClaim(_Kept):
    """A claim, as `storage` says."""

    name: str
    size: str
    storage_class: str | None = None
    access_mode: str
    existing: str | None = None
    kept: tuple[str, ...] = ()
    """Claims of former servers that stay."""

    @property
    def used(self) -> str:
        """The claim that pods mount."""
        return self.existing or self.name

    def let_go_by(self, new: DeclaredClaim) -> bool:
        """Whether this claim is the stack's, and with `new` in its place no more."""
        stays = (*new.kept, *(() if new.existing else (new.name,)))
        return self.existing is None and self.name not in stays


class Declaration(_Kept):
    """One stack, as the last `up` or this one declares it. Nothing in it is secret, and None is not known."""

    versions: dict[ImageName, str] = {}
    """Tag or digest of the images that are in use."""
    database: str | None = None
    """Where the data is: `inCluster/<database>` or `<host>:<port>/<database>`."""
    namespaces: dict[str, str] = {}
    """Names of the namespaces by their key in the stack file."""
    execution: str | None = None
    """Where jobs run."""
    operator: bool | None = None
    """Whether the operator, and with it the definitions, are there."""
    claims: dict[str, DeclaredClaim] = {}
    """Claims by their section of the stack file."""
    epochs: dict[SecretName, int] = {}
    """Epochs of passwords that the data keeps; that of the encryption key is in a record of its own."""
    organizations: dict[str, str] = {}
    """Names in Forail by namespace and name of the declared Organization."""
    homes: dict[str, str] | None = None
    """The same for the ForailInstance that it is sent to; empty for the operator's own Forail."""

    @classmethod
    def of(cls, stack: StackFile, catalog: Catalog) -> Declaration:
        """What this `up` declares."""
        operator = stack.operator.enabled
        organizations = {
            f"{one.namespace}/{one.name}": one for one in catalog.resources if one.kind is Kind.ORGANIZATION
        }
        return cls(
            versions=_versions(stack),
            database=_database(stack),
            epochs=_epochs(stack),
            namespaces={
                "namespace": stack.namespace.name,
                **({"operator.namespace": stack.operator.namespace.name} if operator else {}),
            },
            execution=stack.task.execution.value,
            operator=operator,
            claims=dict(_claims(stack)),
            organizations={key: one.forail_name for key, one in organizations.items()},
            homes={key: one.backend or "" for key, one in organizations.items()},
        )

    @property
    def recorded(self) -> dict[str, object]:
        """What is kept of it."""
        return self.model_dump(mode="json", exclude_none=True)


def runs(catalog: Catalog) -> tuple[str, ...]:
    """The declared content that runs where `task.execution` says, by kind and name in Forail."""
    return tuple(f"{one.kind} {one.forail_name}" for one in catalog.resources if one.kind in _RUNS)


def _versions(stack: StackFile) -> dict[ImageName, str]:
    used = {name: stack.images.version(name) for name in VERSIONED if stack.uses(name)}
    if isinstance(stack.postgres, ExternalPostgres):
        # A drill's throw-away server has no data of an older one.
        used.pop(ImageName.POSTGRES, None)
    return used


def _epochs(stack: StackFile) -> dict[SecretName, int]:
    if isinstance(stack.postgres, ExternalPostgres):
        return {}
    superuser = SecretName.POSTGRES_SUPERUSER_PASSWORD
    return {superuser: stack.rotation.of(superuser)}


def _database(stack: StackFile) -> str:
    postgres = stack.postgres
    if isinstance(postgres, ExternalPostgres):
        return f"{postgres.host}:{postgres.port}/{postgres.database}"
    return f"inCluster/{postgres.database}"


def _claims(stack: StackFile) -> Iterator[tuple[str, DeclaredClaim]]:
    if isinstance(stack.postgres, InClusterPostgres):
        own = stack.postgres
        yield "postgres", _claim(own.claim_name, own.storage).model_copy(update={"kept": own.kept_claims})
    for section, storage in (
        ("redis", stack.redis.storage),
        ("projects", stack.projects.storage),
        ("receptor", stack.receptor.storage),
        ("backups", stack.backups.storage),
    ):
        yield section, _claim(f"forail-{section}", storage)


def _claim(name: str, claim: ClaimSettings) -> DeclaredClaim:
    return DeclaredClaim(
        name=name,
        size=claim.size,
        storage_class=claim.storage_class,
        access_mode=claim.access_mode.value,
        existing=claim.existing_claim,
    )
