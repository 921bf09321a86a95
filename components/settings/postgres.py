"""`postgres`: the database server, in the cluster or elsewhere."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Literal, Self, cast

from pydantic import Discriminator, Tag, model_validator

from ..schema.pem import CertificatePem
from ..schema.section import Section
from ..schema.values import Port
from ..schema.words import ConflictError, Matching
from .addresses import ServerHost
from .storage import ClaimSettings
from .workload import Resources, WorkloadSettings, resources

_NAME = (
    "a Postgres name: lower-case letters, digits and '_', not starting with a digit, at most 63; "
    "with mode external also capitals, '-', '.' and '@'"
)
RoleName = Annotated[str, Matching(_NAME, r"[a-z_][a-z0-9_]{0,62}")]
ExternalName = Annotated[str, Matching(_NAME, r"[A-Za-z_][A-Za-z0-9_.@-]{0,62}")]
SUPERUSER = "postgres"
CLAIM = "forail-postgres"
"""The claim of a server that was never moved to another one."""
# No claim of another component can have such a name.
ClaimName = Annotated[
    str,
    Matching(
        f"a claim of the database server: {CLAIM}, or a name that begins with {CLAIM}-, such as {CLAIM}-16",
        rf"{CLAIM}(-[a-z0-9]([-a-z0-9]{{0,61}}[a-z0-9])?)?",
    ),
]
# The server makes no role of these names, in whatever quotes.
_NO_ROLES = ("public", "none")
# Every new database of the server is a copy of one of these.
_TEMPLATES = ("template0", "template1")


def _possible_role(user: str) -> None:
    if user in _NO_ROLES or user.startswith("pg_"):
        raise ConflictError("user", "is a name that Postgres reserves: choose another, such as forail")


class InClusterPostgres(WorkloadSettings):
    """A StatefulSet `forail-postgres` with its own superuser; the platform's role owns the database."""

    mode: Literal["inCluster"] = "inCluster"
    """`inCluster` runs `forail-postgres`; `external` uses a server that exists."""
    user: RoleName = "forail"
    """The platform's role. Never a superuser: row-level security is void for superusers."""
    database: RoleName = "forail"
    """Database that the role owns."""
    storage: ClaimSettings = ClaimSettings(size="8Gi")
    """The claim of the data directory."""
    claim_name: ClaimName = CLAIM
    """Name of that claim. Another name is another claim, which is empty: for another major version
    (docs/operations.md, "Another major version of PostgreSQL")."""
    kept_claims: tuple[ClaimName, ...] = ()
    """Claims of former servers that stay as they are. One that leaves this list is deleted with its data; `up` refuses
    that while data is protected (`destroyData: false`)."""
    resources: Resources = resources("256Mi", "100m", "1Gi", "1")
    """Requests and limits of its container."""

    @model_validator(mode="after")
    def _role_is_not_the_superuser(self) -> Self:
        _possible_role(self.user)
        if self.user == SUPERUSER:
            raise ConflictError("user", "is the server's superuser: choose another, such as forail")
        if self.database in ("postgres", *_TEMPLATES):
            raise ConflictError("database", f"is {self.database}, which Postgres owns: choose another, such as forail")
        return self

    @model_validator(mode="after")
    def _claims_are_told_apart(self) -> Self:
        if self.storage.existing_claim is not None and self.claim_name != CLAIM:
            raise ConflictError("claimName", "has no effect beside storage.existingClaim: drop one of the two")
        if self.storage.existing_claim in self.kept_claims or len(set(self.kept_claims)) != len(self.kept_claims):
            raise ConflictError("keptClaims", "names a claim twice, or storage.existingClaim, which is not the stack's")
        if self.storage.existing_claim is None and self.claim_name in self.kept_claims:
            raise ConflictError(
                "keptClaims", f"names {self.claim_name}, which the server uses (claimName): take it out"
            )
        return self


class TlsMode(StrEnum):
    """libpq's sslmode values that say what they do."""

    DISABLE = "disable"
    REQUIRE = "require"
    VERIFY_CA = "verify-ca"
    VERIFY_FULL = "verify-full"


class PostgresTls(Section):
    """Transport security to an external server."""

    mode: TlsMode = TlsMode.VERIFY_FULL
    """libpq sslmode. `require` encrypts and checks nobody; `verify-full` checks CA and host name."""
    ca: CertificatePem | None = None
    """PEM of the CA that signed the server's certificate."""

    @model_validator(mode="after")
    def _ca_where_it_is_used(self) -> Self:
        verifies = self.mode in (TlsMode.VERIFY_CA, TlsMode.VERIFY_FULL)
        if verifies and self.ca is None:
            raise ConflictError(
                "ca", f"is missing and mode {self.mode} needs it: paste the CA's PEM, or set mode: require"
            )
        if not verifies and self.ca is not None:
            raise ConflictError("ca", f"has no effect with mode {self.mode}: set mode: verify-full, or drop the ca")
        return self


class ExternalPostgres(Section):
    """A server that exists. The role must own the database; a grant on it is not enough to migrate."""

    mode: Literal["external"]
    """`external` uses a server that exists; `inCluster` runs `forail-postgres`."""
    host: ServerHost
    """Host name of the server. A pooler in transaction mode does not work: the dispatcher uses LISTEN/NOTIFY."""
    port: Port = 5432
    """Port of the server."""
    database: ExternalName = "forail"
    """Database that the role owns."""
    user: ExternalName = "forail"
    """The platform's role: owner of the database, neither superuser nor BYPASSRLS."""
    tls: PostgresTls
    """Transport security."""

    @model_validator(mode="before")
    @classmethod
    def _tls_is_decided(cls, given: Any) -> Any:
        if isinstance(given, dict) and "tls" not in given:
            return {**cast("dict[str, Any]", given), "tls": {}}
        return cast("Any", given)

    @model_validator(mode="after")
    def _can_be_owned(self) -> Self:
        _possible_role(self.user)
        if self.database in _TEMPLATES:
            raise ConflictError("database", f"is {self.database}, which every new database copies: give its own")
        return self


def _mode(value: Any) -> str:
    if isinstance(value, InClusterPostgres | ExternalPostgres):
        return value.mode
    return str(cast("dict[str, Any]", value).get("mode", "inCluster")) if isinstance(value, dict) else "inCluster"


Postgres = Annotated[
    Annotated[InClusterPostgres, Tag("inCluster")] | Annotated[ExternalPostgres, Tag("external")],
    Discriminator(_mode),
]
