"""`secrets` and the secret keys: which secrets there are, and how each may be given. Values never enter a model."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self

import pulumi
from pydantic import model_validator

from ..schema.section import Section
from ..schema.suggestions import nearest
from ..schema.values import DnsSubdomain, SecretKeyName
from ..schema.words import ConflictError
from .external_secrets import ExternalSecrets, RemoteSecret
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
    MONITORING_TOKEN = "monitoringToken"
    TLS_PRIVATE_KEY = "tlsPrivateKey"
    REGISTRY_PASSWORD = "registryPassword"
    BACKUP_KEY_PASSPHRASE = "backupKeyPassphrase"
    PROXY_PASSWORD = "proxyPassword"


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


# What none of our pods reads: the Secret as a whole is somebody's, and has a place of its own in the stack file.
_OTHERWISE: Mapping[str, str] = {
    SecretName.TLS_PRIVATE_KEY: "is not a secret of a pod: let an ExternalSecret of your own write a Secret of type "
    "kubernetes.io/tls, and name it with exposure.tls.mode: existing",
    SecretName.REGISTRY_PASSWORD: "is not a secret of a pod: let an ExternalSecret of your own write that Secret, and "
    "name it in imagePullSecrets",
}


class OnChange(StrEnum):
    """What an `up` does where an existing Secret holds another value than at the last one."""

    KEEP = "keep"
    """Nothing: the program reads no existing Secret."""
    ROLL = "roll"
    """Roll who reads it."""


class ExistingSecrets(Section):
    """`secrets`: values that others keep, in Secrets that exist or in a store that External Secrets reads."""

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
    monitoring_token: ExistingSecret | None = None
    """Token by which Prometheus reads metrics."""
    backup_key_passphrase: ExistingSecret | None = None
    """Passphrase under which each dump takes the encryption key along; without one it does not."""
    external_secrets: ExternalSecrets | None = None
    """Secrets that External Secrets fetches from a store."""
    on_change: OnChange = OnChange.KEEP
    """What `up` does where a Secret that others keep has another value than at the last `up`. `keep`: nothing, and the
    program reads none of them. `roll`: the pods that read that value roll, and the init Job runs again where it applies
    it. For that the program reads the Secrets that the pods of the stack read, `extraEnv` and `existingSecret`
    included, so that the stack's state has their contents, encrypted. Turned on or off, it rolls their readers
    once."""

    @model_validator(mode="after")
    def _external_ones_are_ours(self) -> Self:
        for key in self.external_secrets.keys if self.external_secrets else ():
            path, names = f"externalSecrets.keys.{key}", self.names()
            if key not in names:
                near = nearest(key, names)
                hint = f"did you mean {near}?" if near else f"these are: {', '.join(sorted(names))}"
                raise ConflictError(path, _OTHERWISE.get(key, f"is not a secret of the platform: {hint}"))
            if self.of(SecretName(key)) is not None:
                raise ConflictError(path, f"is also given as secrets.{key}: keep one of the two")
        return self

    @classmethod
    def names(cls) -> frozenset[SecretName]:
        """The secrets that others may keep."""
        aliases = {str(field.alias) for field in cls.model_fields.values()}
        return frozenset(name for name in SecretName if name.value in aliases)

    def of(self, name: SecretName) -> ExistingSecret | None:
        """The existing Secret named for `name`, if one is."""
        for attribute, info in type(self).model_fields.items():
            if info.alias == name.value:
                return getattr(self, attribute)
        return None

    def external(self, name: SecretName) -> RemoteSecret | None:
        """Where the store has `name`, if it is there."""
        return None if self.external_secrets is None else self.external_secrets.keys.get(name.value)

    def path(self, name: SecretName) -> str | None:
        """The path at which the stack file says who keeps `name`; None where nobody else does."""
        if self.external(name) is not None:
            return f"secrets.externalSecrets.keys.{name}"
        return None if self.of(name) is None else f"secrets.{name}"


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
    SecretName.MONITORING_TOKEN: Form(r"[A-Za-z0-9]{30,64}", "30 to 64 letters and digits"),
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
    # Escaped for a URL, each of its bytes takes three.
    SecretName.PROXY_PASSWORD: Form(r"[^\x00-\x1f\x7f]{1,1024}", "one line of at most 1024 characters"),
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
