"""`rotation`: epochs of generated secrets."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from ..schema.section import Section
from .secrets import SecretName

Epoch = Annotated[int, Field(ge=1, strict=True)]


class RotationSettings(Section):
    """`rotation`: raise a number and the next `up` makes a new value and rolls who reads it. Generated values only.

    `forailSecretKey` is not here: it encrypts what the database stores."""

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

    def of(self, name: SecretName) -> int:
        """The epoch of `name`; 1 for what does not rotate."""
        for attribute, info in type(self).model_fields.items():
            if info.alias == name.value:
                return getattr(self, attribute)
        return 1

    @classmethod
    def rotates(cls) -> frozenset[SecretName]:
        """The secrets that have an epoch."""
        return frozenset(SecretName(field.alias) for field in cls.model_fields.values() if field.alias)

    @property
    def raised(self) -> tuple[str, ...]:
        """Configuration keys whose number was raised."""
        fields = type(self).model_fields.items()
        return tuple(str(field.alias) for attribute, field in fields if getattr(self, attribute) != 1)
