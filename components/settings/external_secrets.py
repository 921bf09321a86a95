"""`secrets.externalSecrets`: values that External Secrets fetches from a store, for secrets of the platform."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import field_validator

from ..schema.section import Section
from ..schema.values import DnsSubdomain
from ..schema.words import Matching

# In a remote store any text names a secret; a line end would be a mistake in the file.
_REMOTE = Matching("a name in the store, on one line", r"[^\x00-\x1f\x7f]+", longest=512)
_Remote = Annotated[str, _REMOTE]


class StoreKind(StrEnum):
    """Kinds of External Secrets that lead to a store."""

    SECRET_STORE = "SecretStore"
    """In the platform's namespace."""
    CLUSTER_SECRET_STORE = "ClusterSecretStore"
    """For all namespaces."""


class SecretStore(Section):
    """A store that External Secrets knows."""

    name: DnsSubdomain
    """Name of the SecretStore or ClusterSecretStore."""
    kind: StoreKind = StoreKind.SECRET_STORE
    """`SecretStore` is one in the platform's namespace; `ClusterSecretStore` one for all namespaces."""


class RemoteSecret(Section):
    """Where the store has a value."""

    key: _Remote
    """Name of the secret in the store."""
    property: _Remote | None = None
    """Field of it, for a store whose secrets have fields."""
    version: _Remote | None = None
    """Its version, for a store that counts them; left out, the newest. Another one is another Secret in the cluster, so
    the next `up` rolls who reads it, with `onChange: keep` too."""

    def place(self) -> str:
        """All of it in one text."""
        parts = (("#", self.property), ("@", self.version))
        return self.key + "".join(f"{mark}{part}" for mark, part in parts if part is not None)


class ExternalSecrets(Section):
    """`secrets.externalSecrets`: an ExternalSecret for each secret, whose controller has to be in the cluster."""

    store: SecretStore
    """Where the values are."""
    keys: dict[Annotated[str, Matching("a secret's key: such as postgresPassword", r"[A-Za-z]{1,64}")], RemoteSecret]
    """For each secret, such as `postgresPassword`, where the store has it."""
    refresh_interval: Annotated[
        str, Matching("a duration: such as 10m0s or 1h0m0s", r"(?=[0-9])([0-9]{1,4}h)?([0-9]{1,6}m)?([0-9]{1,8}s)?")
    ] = "1h0m0s"
    """How often External Secrets looks for another value; `0s` is never. It never does for what the data was made with,
    `forailSecretKey` and `postgresSuperuserPassword`."""

    @field_validator("keys")
    @classmethod
    def _some(cls, keys: dict[str, RemoteSecret]) -> dict[str, RemoteSecret]:
        if not keys:
            raise ValueError("has none: name a secret and where the store has it, such as postgresPassword: {key: …}")
        return keys
