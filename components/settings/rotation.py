"""`rotation`: epochs of generated secrets."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from ..schema.section import Section
from .secrets import SecretName

Epoch = Annotated[int, Field(ge=1, strict=True)]


def epoch_name(name: str, epoch: int) -> str:
    """Name of the resource called `name` in that epoch: the first one has no number."""
    return name if epoch == 1 else f"{name}-{epoch}"


class RotationSettings(Section):
    """`rotation`: raise a number and the next `up` makes a new value and rolls who reads it. Generated values only."""

    forail_admin_password: Epoch = 1
    """Password of the first superuser."""
    postgres_password: Epoch = 1
    """Password of the platform's Postgres role; the init Job sets it in the server."""
    forail_broadcast_websocket_secret: Epoch = 1
    """Websocket relay secret."""
    redis_password: Epoch = 1
    """Redis password."""
    personal_access_token: Epoch = 1
    """Personal access token; the init Job deletes the older one."""
    assistant_chat_token: Epoch = 1
    """Chat token."""
    monitoring_token: Epoch = 1
    """Token by which Prometheus reads metrics; the init Job deletes the older one."""
    postgres_superuser_password: Epoch = 1
    """Password of the in-cluster server's superuser. The server restarts; the init Job signs in with the former value
    and sets the new one. The Secrets of former epochs stay."""
    forail_secret_key: Epoch = 1
    """Key that encrypts what the database stores. The init Job takes web and task away, writes a dump under the
    former key and stores everything under the new one. The keys of former epochs stay, for dumps made under them."""
    tls_ca: Epoch = 1
    """Private CA of `exposure.tls.mode: selfSigned`, and its certificate with it. Whoever trusts the old one must trust
    the new one."""
    tls_certificate: Epoch = 1
    """Certificate that the private CA signed, and its key."""

    def of(self, name: SecretName) -> int:
        """The epoch of `name`; 1 for what does not rotate."""
        for attribute, info in type(self).model_fields.items():
            if info.alias == name.value:
                return getattr(self, attribute)
        return 1

    @classmethod
    def rotates(cls) -> frozenset[SecretName]:
        """The secrets that have an epoch."""
        aliases = {str(field.alias) for field in cls.model_fields.values()}
        return frozenset(name for name in SecretName if name.value in aliases)

    @property
    def raised(self) -> tuple[str, ...]:
        """Configuration keys whose number was raised."""
        fields = type(self).model_fields.items()
        return tuple(str(field.alias) for attribute, field in fields if getattr(self, attribute) != 1)
