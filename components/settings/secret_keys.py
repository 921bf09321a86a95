"""The secret keys of a stack file: given encrypted, one flat key each, in a form their readers can use."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..schema.problems import Finding
from ..schema.suggestions import nearest
from .secrets import FORMS, SecretName, longest, well_formed
from .stack import StackFile
from .unusable_text import SURROGATE, fault

SECRETS: Mapping[str, SecretName] = {name.value: name for name in SecretName}
SECTIONS = frozenset(str(field.alias) for field in StackFile.model_fields.values())
# Where people put secrets out of habit, and the secret key that takes them.
ELSEWHERE: Mapping[str, SecretName] = {
    "registryCredentials.password": SecretName.REGISTRY_PASSWORD,
    "exposure.tls.key": SecretName.TLS_PRIVATE_KEY,
    "exposure.tls.privateKey": SecretName.TLS_PRIVATE_KEY,
    "postgres.password": SecretName.POSTGRES_PASSWORD,
    "redis.password": SecretName.REDIS_PASSWORD,
    "forail.admin.password": SecretName.ADMIN_PASSWORD,
    "assistant.chatToken": SecretName.ASSISTANT_CHAT_TOKEN,
    "backups.keyPassphrase": SecretName.BACKUP_KEY_PASSPHRASE,
    "proxy.password": SecretName.PROXY_PASSWORD,
}


def in_clear(name: SecretName) -> str:
    """What to do about a secret that the stack file shows."""
    return (
        f"is a secret given in clear: run pulumi config set --secret {name}, "
        "and remove the clear value from the file and from its history"
    )


def without_newline(name: SecretName, value: str) -> str:
    """`value` without the one line end that a file piped into `pulumi config set` ends with.

    No password or token may hold a line end, so nothing is lost. A PEM key keeps its own.
    """
    if name is SecretName.TLS_PRIVATE_KEY:
        return value
    return value.removesuffix("\r\n" if value.endswith("\r\n") else "\n")


def secret_problems(name: SecretName, value: str, encrypted: bool) -> Iterator[Finding]:
    """What is wrong with the value given for `name`, without the value."""
    if not encrypted:
        yield (name.value,), in_clear(name)
    wrong = fault(value)
    if wrong == SURROGATE:
        yield (name.value,), SURROGATE
    elif len(value.encode()) > longest(name):
        yield (name.value,), f"has more than {longest(name)} bytes, too many for its readers: shorten it"
    if not well_formed(name, value):
        yield (name.value,), f"must be {FORMS[name].hint}"


def near_secret(key: str) -> bool:
    """Whether `key` is a misspelt secret and no misspelt section."""
    if key in SECTIONS:
        return False
    return nearest(key, [*SECTIONS, *SECRETS], cutoff=0.75) in SECRETS


def misplaced(key: str, encrypted: bool) -> Finding:
    """A secret under a key that takes none."""
    near = ELSEWHERE.get(key) or SECRETS.get(nearest(key, SECRETS) or "")
    if key not in SECTIONS and near is not None:
        clear = "" if encrypted else f" It {in_clear(near)}"
        return (key,), f"is not a secret of this program: did you mean {near}?{clear}"
    if key in SECTIONS:
        return (
            (key,),
            "holds an encrypted value, and sections are kept in clear: remove it, "
            f"and give each secret under a key of its own ({', '.join(SECRETS)})",
        )
    return (key,), f"is not a secret of this program, which takes {', '.join(SECRETS)}"
