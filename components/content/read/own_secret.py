"""The Secret that the stack makes for a resource with values from secret configuration."""

from __future__ import annotations

from collections.abc import Mapping

from ...api.kinds import Kind
from ...api.models import Credential, ForailInstance, SecretConfig
from .resource import Resource

TOKEN_KEY = "token"


def secret_inputs(resource: Resource) -> Mapping[str, str]:
    """Keys of the Secret that the stack makes for it, and for each the key below `contentSecrets` with its value."""
    spec = resource.spec
    if isinstance(spec, Credential):
        return {
            item.name: item.value_from.secret_config
            for item in spec.inputs_from
            if isinstance(item.value_from, SecretConfig)
        }
    if isinstance(spec, ForailInstance) and isinstance(spec.token_secret_ref, SecretConfig):
        return {TOKEN_KEY: spec.token_secret_ref.secret_config}
    return {}


def secret_name(resource: Resource) -> str | None:
    """Name of the Secret that the stack makes for it, in its namespace; None where it needs none."""
    if not secret_inputs(resource):
        return None
    return f"{resource.name}-{'inputs' if resource.kind is Kind.CREDENTIAL else 'token'}"
