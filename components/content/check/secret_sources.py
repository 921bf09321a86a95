"""Where secret values come from: keys below `contentSecrets`, and keys of Secrets."""

from __future__ import annotations

import re

from ...api.models import Credential, ForailInstance, SecretConfig
from ...schema.shape import Path
from ...schema.values import SECRET_KEY_FORM, SUBDOMAIN_FORM
from ...settings.secret_mapping import CONTENT
from .credential_types import TYPES
from .names import unique
from .protocol import Found


def token(spec: ForailInstance) -> Found:
    """The token's source."""
    reference, path = spec.token_secret_ref, ("spec", "tokenSecretRef")
    if isinstance(reference, SecretConfig):
        return _config_key(reference, path)
    return _secret_key(reference.name, reference.key, path)


def inputs(spec: Credential) -> Found:
    """The sources of secret inputs, and the names under which the operator looks them up."""
    yield from unique([item.name for item in spec.inputs_from], ("spec", "inputsFrom"), "name", "input")
    for place, item in enumerate(spec.inputs_from):
        path = ("spec", "inputsFrom", place, "valueFrom")
        if isinstance(item.value_from, SecretConfig):
            yield from _config_key(item.value_from, path)
            # The stack's Secret has the input's name for a key; names that a known type has are all fit.
            if item.name and spec.credential_type not in TYPES and not re.fullmatch(SECRET_KEY_FORM, item.name):
                yield ("spec", "inputsFrom", place, "name"), "must be letters, digits, '-', '_' and '.', at most 253"
        else:
            yield from _secret_key(item.value_from.name, item.value_from.key, path)


def _config_key(reference: SecretConfig, path: Path) -> Found:
    if not re.fullmatch(CONTENT.name, reference.secret_config):
        yield (
            (*path, "secretConfig"),
            "must be a key below contentSecrets: a letter, then letters, digits, '-' and '_', at most 63 in all; the "
            "value itself is set with pulumi config set --secret --path contentSecrets.<key>",
        )


def _secret_key(name: str, key: str, path: Path) -> Found:
    if not re.fullmatch(SUBDOMAIN_FORM, name):
        yield (*path, "name"), "must be the name of a Secret in the object's namespace"
    if not re.fullmatch(SECRET_KEY_FORM, key):
        yield (*path, "key"), "must be a key of that Secret: letters, digits, '-', '_' and '.', at most 253"
