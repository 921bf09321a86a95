"""`secrets` and the secret keys: which secrets there are, and how each may be given. Values never enter a model."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import pulumi

from ..schema.section import Section
from ..schema.values import DnsSubdomain, SecretKeyName
from .ssh_key import PrivateKey
from .variables import VARIABLE_BYTES


class SecretName(StrEnum):
    """Secrets, by the configuration key that gives one."""

    ADMIN_PASSWORD = "forailAdminPassword"
    POSTGRES_PASSWORD = "postgresPassword"
    POSTGRES_SUPERUSER_PASSWORD = "postgresSuperuserPassword"
    SECRET_KEY = "forailSecretKey"
    BROADCAST_WEBSOCKET_SECRET = "forailBroadcastWebsocketSecret"
    REDIS_PASSWORD = "redisPassword"
    PERSONAL_ACCESS_TOKEN = "personalAccessToken"
    ASSISTANT_CHAT_TOKEN = "assistantChatToken"
    TLS_PRIVATE_KEY = "tlsPrivateKey"
    REGISTRY_PASSWORD = "registryPassword"
    BACKUP_KEY_PASSPHRASE = "backupKeyPassphrase"


# The API server's limit for all values of a Secret or a ConfigMap together.
SECRET_BYTES = 1024 * 1024
# Room for the longest name that a secret has in any pod, FORAIL_BROADCAST_WEBSOCKET_SECRET.
_NAME_BYTES = 64


class ExistingSecret(Section):
    """A key of a Secret that exists in the platform's namespace, for example from External Secrets."""

    secret_name: DnsSubdomain
    """Name of the Secret."""
    key: SecretKeyName
    """Key in the Secret."""


class ExistingSecrets(Section):
    """`secrets`: values in Secrets that exist, for example from External Secrets. The program never reads them."""

    forail_admin_password: ExistingSecret | None = None
    """Password of the first superuser."""
    postgres_password: ExistingSecret | None = None
    """Password of the platform's Postgres role."""
    postgres_superuser_password: ExistingSecret | None = None
    """Password of the in-cluster server's superuser."""
    forail_secret_key: ExistingSecret | None = None
    """Key that encrypts stored credentials. Losing it makes the database and its backups unreadable."""
    forail_broadcast_websocket_secret: ExistingSecret | None = None
    """Shared by web and task for the websocket relay."""
    redis_password: ExistingSecret | None = None
    """Redis password."""
    personal_access_token: ExistingSecret | None = None
    """Token that the operator and platform repositories use."""
    assistant_chat_token: ExistingSecret | None = None
    """Token of the assistant's chat endpoint."""
    backup_key_passphrase: ExistingSecret | None = None
    """Passphrase under which each dump takes the encryption key along; without one it does not."""

    def of(self, name: SecretName) -> ExistingSecret | None:
        """The existing Secret named for `name`, if one is."""
        for attribute, info in type(self).model_fields.items():
            if info.alias == name.value:
                return getattr(self, attribute)
        return None


@dataclass(frozen=True)
class Form:
    """What a given value must look like. `hint` completes "must be …"."""

    pattern: str
    hint: str


_LINE = Form(r"[^\x00\r\n]+", "one line of text")
FORMS: Mapping[SecretName, Form] = {
    SecretName.ADMIN_PASSWORD: Form(
        r"[^\x00\r\n]{12,}", "one line of at least 12 characters; the backend checks no strength"
    ),
    SecretName.POSTGRES_PASSWORD: _LINE,
    SecretName.POSTGRES_SUPERUSER_PASSWORD: _LINE,
    SecretName.SECRET_KEY: Form(r"[^\x00\r\n]{32,}", "one line of at least 32 characters"),
    SecretName.BROADCAST_WEBSOCKET_SECRET: Form(r"[^\x00\r\n]{32,}", "one line of at least 32 characters"),
    SecretName.REDIS_PASSWORD: Form(
        r"[!#-&(-\[\]-~]{16,}", "at least 16 printable characters without space, quotes or backslash"
    ),
    SecretName.PERSONAL_ACCESS_TOKEN: Form(r"[A-Za-z0-9]{30,64}", "30 to 64 letters and digits"),
    SecretName.ASSISTANT_CHAT_TOKEN: Form(
        r"[A-Za-z0-9._~+/=-]{16,}", "at least 16 characters that an Authorization header may carry"
    ),
    SecretName.TLS_PRIVATE_KEY: Form(
        # openssl writes the parameters of an EC key in front of it; servers skip them.
        r"\s*(-----BEGIN EC PARAMETERS-----[^-]+-----END EC PARAMETERS-----\s*)?"
        r"-----BEGIN (RSA |EC )?PRIVATE KEY-----[\s\S]+-----END (RSA |EC )?PRIVATE KEY-----\s*",
        "an unencrypted PEM private key",
    ),
    # The key file of a service account has many lines.
    SecretName.REGISTRY_PASSWORD: Form(r"[^\x00]+", "text that is not empty"),
    # openssl asks for at most 511 bytes, and a keyboard may have nothing else years later.
    SecretName.BACKUP_KEY_PASSPHRASE: Form(
        r"(?!(.{1,10})\1*.{0,9}$)[!-~]([ -~]{18,198}[!-~])",
        "20 to 200 printable ASCII characters that are not one short piece repeated, without a space at an end",
    ),
}


def longest(name: SecretName) -> int:
    """The bytes that the value of `name` may have."""
    if name is SecretName.TLS_PRIVATE_KEY:
        return SECRET_BYTES
    # The pull Secret holds it as it is and once more in base64, as JSON.
    return SECRET_BYTES // 4 if name is SecretName.REGISTRY_PASSWORD else VARIABLE_BYTES - _NAME_BYTES


def well_formed(name: SecretName, value: str) -> bool:
    """Whether `value` has the form that `name` needs."""
    return re.fullmatch(FORMS[name].pattern, value) is not None


@dataclass(frozen=True)
class SecretSettings:
    """Secret configuration: values as secret outputs, outside of every model."""

    given: Mapping[SecretName, pulumi.Output[str]] = field(default_factory=dict[SecretName, pulumi.Output[str]])
    """Values set with `pulumi config set --secret`."""
    content: Mapping[str, pulumi.Output[str]] = field(default_factory=dict[str, pulumi.Output[str]])
    """Values of `contentSecrets`, by name."""
    content_keys: Mapping[str, PrivateKey] = field(default_factory=dict[str, PrivateKey])
    """What each of them is where a private key is needed; it can be checked without the value."""
    copies: Mapping[str, pulumi.Output[str]] = field(default_factory=dict[str, pulumi.Output[str]])
    """Values of `copiesSecrets`, by rclone's name of the option."""
    settings: Mapping[str, pulumi.Output[str]] = field(default_factory=dict[str, pulumi.Output[str]])
    """Values of `settingsSecrets`, by the backend's name of the setting."""
