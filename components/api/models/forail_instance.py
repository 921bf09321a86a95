"""ForailInstance: a further Forail that the same operator serves."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Discriminator, Field, Tag

from .base import Flag, Shape, Spec, Status, Text
from .credential import CONFIGURED, EXISTING, SecretConfig, secret_source


class TokenKey(Shape):
    """One key of a Secret that exists in the ForailInstance's namespace."""

    name: Text = ""
    """Name of the Secret."""
    key: Text
    """Key in it."""
    optional: Flag | None = None
    """Has no effect: the Secret must exist."""


class ForailInstance(Spec):
    """Where another Forail is, and the token for it. Ready means that it answers, not that the token is good."""

    url: Text
    """Base address, without `/api` or a slash at its end."""
    token_secret_ref: Annotated[
        Annotated[TokenKey, Tag(EXISTING)] | Annotated[SecretConfig, Tag(CONFIGURED)],
        Discriminator(secret_source),
        Field(json_schema_extra={"x-kubernetes-map-type": "atomic"}),
    ]
    """Where its personal access token is kept."""
    host_header: Text | None = None
    """Host header to send instead of the address's own."""
    insecure_skip_verify: Flag | None = None
    """Accept any certificate."""


class ForailInstanceStatus(Status):
    """What the operator knows of a further Forail."""

    last_checked: datetime | None = None
    """When it was last asked."""
    reachable: Flag | None = None
    """True when it answered; absent when it did not."""
    server_version: Text | None = None
    """Its release."""
