"""Environment variables that a stack file adds: names that are free, values that a process can be given."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AfterValidator, Discriminator, Tag

from ..schema.section import Section
from ..schema.values import DnsSubdomain, SecretKeyName
from ..schema.words import Words


class SecretEnvironment(Section):
    """A variable read from a key of an existing Secret in the namespace."""

    secret_name: DnsSubdomain
    """Name of the Secret."""
    key: SecretKeyName
    """Key in the Secret."""


# Linux starts no process with a longer variable: name, '=', value and the byte at the end (MAX_ARG_STRLEN).
VARIABLE_BYTES = 131072
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SENSITIVE = re.compile(r"(PASSWORD|PASSWD|SECRET|TOKEN|PRIVATE_?KEY|API_?KEY|CREDENTIAL)", re.IGNORECASE)
PASSWORD_IN_URL = re.compile(r"://[^/\s@]*:[^/\s@]+@")
# Set by the program from other settings; a second value would contradict them.
_OWNED = re.compile(
    r"(DATABASE_|POSTGRES_|PG|REDIS|MY_POD_|OTEL_|BACKUP_|TENANCY_|OPA_|SYSTEM_TASK_ABS_|FORAIL_(?!ASSISTANT_)"
    r"|FORAIL_ASSISTANT_(OLLAMA_BASE_URL|OLLAMA_MODEL|LOG_LEVEL|CHAT_TOKEN)$"
    r"|(AWX_COMPONENT|AWX_(SETTINGS|TEST_DATABASE)_[A-Z]+|DJANGO_SETTINGS_MODULE|OLLAMA_HOST|POD_NAMESPACE|SECRET_NAMESPACES"
    r"|SYSTEM_UUID)$)"
)


_NAME = Words("a variable name: letters, digits and '_'", form=f"(?!{_OWNED.pattern}){_VARIABLE.pattern}")


def _variable_name(name: str) -> str:
    if not _VARIABLE.fullmatch(name):
        raise ValueError("is not a variable name: letters, digits and '_', not starting with a digit")
    if _OWNED.match(name):
        raise ValueError("is set by the program from other settings: use the setting instead (see docs/options.md)")
    return name


def unusable(name: str, value: str) -> str | None:
    """What is wrong with the text `value` of the variable `name`, without the value; None where nothing is."""
    if len(f"{name}={value}".encode()) >= VARIABLE_BYTES:
        return f"has more than the {VARIABLE_BYTES} bytes that Linux gives a variable: give a shorter text"
    if _SENSITIVE.search(name) or PASSWORD_IN_URL.search(value):
        return "is a secret given in clear: put it in a Secret, and write {secretName: …, key: …}"
    return None


def _environment_kind(value: Any) -> str:
    return "secret" if isinstance(value, dict | SecretEnvironment) else "text"


EnvironmentVariables = dict[
    Annotated[str, AfterValidator(_variable_name), _NAME],
    Annotated[
        Annotated[str, Tag("text")] | Annotated[SecretEnvironment, Tag("secret")], Discriminator(_environment_kind)
    ],
]
