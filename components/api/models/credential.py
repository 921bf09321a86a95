"""Credential: what jobs and projects authenticate with. Secret inputs come from Secrets or secret configuration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, cast

from pydantic import ConfigDict, Discriminator, Field, Tag

from .base import STACK_ONLY, Identifier, Name, ObjectStatus, Prose, Shape, Spec, Text


class SecretKey(Shape):
    """One key of a Secret that exists in the custom resource's namespace."""

    name: Text
    """Name of the Secret."""
    key: Text
    """Key in it."""


class SecretConfig(Shape):
    """A value from the stack's secret configuration; the stack makes the Secret. Never sent to the API."""

    model_config = ConfigDict(json_schema_extra={STACK_ONLY: True})

    secret_config: Text
    """Key below `contentSecrets`: `pulumi config set --secret --path contentSecrets.<key>`."""


EXISTING = "existing Secret"
CONFIGURED = "secret configuration"


def secret_source(given: object) -> str:
    """Which of the two forms a reference to a secret has."""
    if isinstance(given, Mapping):
        keys = cast("Mapping[object, object]", given)
        return CONFIGURED if "secretConfig" in keys or "secret_config" in keys else EXISTING
    return CONFIGURED if isinstance(given, SecretConfig) else EXISTING


class InputFrom(Shape):
    """One secret input."""

    name: Text
    """Name of the input in the credential type, such as `ssh_key_data`."""
    value_from: Annotated[
        Annotated[SecretKey, Tag(EXISTING)] | Annotated[SecretConfig, Tag(CONFIGURED)], Discriminator(secret_source)
    ]
    """Where its value is kept."""


class Credential(Spec):
    """A credential in Forail; it always lives in the operator's own Forail."""

    name: Name | None = None
    """Name in Forail; left out, `metadata.name`."""
    description: Prose | None = None
    """Free text."""
    organization: Text
    """Name in Forail of the organization it belongs to."""
    credential_type: Text
    """Name of the credential type, such as `Machine`. A later change has no effect: declare a new credential."""
    inputs: dict[Text, Text] = Field(default_factory=dict[str, str])
    """Inputs that are no secret, such as `username`; and `ASK` for what Forail asks at launch."""
    inputs_from: tuple[InputFrom, ...] = ()
    """Secret inputs, and others whose value is kept with them; none that `inputs` gives too."""


class CredentialStatus(ObjectStatus):
    """What the operator knows of a credential."""

    credential_type_id: Identifier | None = None
    """Primary key of the credential type, looked up once."""
    secrets_hash: Text | None = None
    """SHA-256 over all inputs that were last sent."""
