"""The platform's secrets: generated, given as secret configuration, or in existing Secrets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.core.v1 import Secret
from pulumi_random import RandomPassword

from ..kube.environment import SecretRef
from ..kube.metadata import Scope
from ..kube.secret import encoded
from ..record import record
from ..settings.registry_credentials import RegistryCredentialsSettings
from ..settings.rotation import RotationSettings
from ..settings.secrets import ExistingSecret, ExistingSecrets, SecretName, SecretSettings
from . import secret_key

KEY = "value"


@dataclass(frozen=True)
class Generated:
    """How a secret is made: the end of its names, how many characters, and whether losing it loses data."""

    suffix: str
    length: int
    guards_data: bool = False


# Letters and digits only: the values travel through URLs, shells and configuration files. Lengths are the vendor's,
# 24 for the password that people type.
GENERATED: Mapping[SecretName, Generated] = {
    SecretName.ADMIN_PASSWORD: Generated("admin-password", 24),
    SecretName.POSTGRES_PASSWORD: Generated("postgres-password", 32),
    SecretName.POSTGRES_SUPERUSER_PASSWORD: Generated("postgres-superuser-password", 32, guards_data=True),
    SecretName.SECRET_KEY: Generated("secret-key", 50, guards_data=True),
    SecretName.BROADCAST_WEBSOCKET_SECRET: Generated("broadcast-websocket-secret", 50),
    SecretName.REDIS_PASSWORD: Generated("redis-password", 32),
    SecretName.PERSONAL_ACCESS_TOKEN: Generated("personal-access-token", 40),
    SecretName.ASSISTANT_CHAT_TOKEN: Generated("assistant-chat-token", 40),
}


@dataclass(frozen=True, kw_only=True)
class CredentialsArgs:
    """Which secrets, and where their values come from."""

    scope: Scope
    """Namespace and labels."""
    needed: frozenset[SecretName]
    """Secrets that this stack uses."""
    given: SecretSettings
    """Values from secret configuration."""
    existing: ExistingSecrets
    """Existing Secrets that take the place of generated ones."""
    rotation: RotationSettings
    """Epochs of generated values."""
    protect: bool
    """Refuse to replace what guards data."""
    allowed: tuple[str, ...] = ()
    """Changes that are meant: `upgrade.allow`."""


class Credentials(pulumi.ComponentResource):
    """The platform's secrets.

    Creates: for each secret that is not kept elsewhere, a Secret, and a RandomPassword unless its value is given.
    Leaves existing Secrets unread: their values do not become outputs.
    """

    def __init__(self, name: str, args: CredentialsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("forail:data:Credentials", name, None, opts)
        self._refs: dict[SecretName, SecretRef] = {}
        self._values: dict[SecretName, pulumi.Output[str]] = {}
        for secret in sorted(args.needed):
            existing = args.existing.of(secret)
            if existing is not None:
                self._refs[secret] = self._kept(name, secret, existing, args)
            else:
                self._refs[secret] = self._made(name, secret, args)
        self.register_outputs({})

    def ref(self, secret: SecretName) -> SecretRef:
        """Where pods read `secret`."""
        return self._refs[secret]

    def value(self, secret: SecretName) -> pulumi.Output[str] | None:
        """The value as a secret output; None where an existing Secret holds it."""
        return self._values.get(secret)

    def _kept(self, name: str, secret: SecretName, existing: ExistingSecret, args: CredentialsArgs) -> SecretRef:
        if secret is not SecretName.SECRET_KEY:
            return SecretRef(existing.secret_name, existing.key)
        facts = secret_key.kept(existing)
        unchanged = record(f"{name}-{secret_key.RECORD}", facts, secret_key.check, args.allowed, self)
        return SecretRef(unchanged.urn.apply(lambda _: existing.secret_name), existing.key)

    def _made(self, name: str, secret: SecretName, args: CredentialsArgs) -> SecretRef:
        made = GENERATED[secret]
        protect = args.protect and made.guards_data
        child = f"{name}-{made.suffix}"
        given = args.given.given.get(secret)
        value = given or self._generated(child, secret, made, args.rotation.of(secret), protect)
        self._values[secret] = pulumi.Output.secret(value)
        after: list[pulumi.Resource] = []
        if secret is SecretName.SECRET_KEY:
            facts = secret_key.held(self._values[secret], given=given is not None)
            after = [record(f"{name}-{secret_key.RECORD}", facts, secret_key.check, args.allowed, self)]
        object_ = Secret(
            child,
            metadata=args.scope.meta("secrets"),
            type="Opaque",
            data={KEY: self._values[secret].apply(encoded)},
            # Without a name of its own a change makes another Secret, so who reads it rolls.
            opts=pulumi.ResourceOptions(parent=self, protect=protect, depends_on=after),
        )
        return SecretRef(object_.metadata.name, KEY)

    def _generated(
        self, name: str, secret: SecretName, made: Generated, epoch: int, protect: bool
    ) -> pulumi.Output[str]:
        password = RandomPassword(
            name,
            length=made.length,
            special=False,
            min_lower=1,
            min_upper=1,
            min_numeric=1,
            keepers={"epoch": str(epoch)} if secret in RotationSettings.rotates() else None,
            opts=pulumi.ResourceOptions(parent=self, protect=protect),
        )
        return password.result


def pull_secret(
    name: str,
    credentials: RegistryCredentialsSettings,
    password: pulumi.Output[str],
    scope: Scope,
    parent: pulumi.Resource,
) -> pulumi.Output[str]:
    """Makes the pull Secret for a private registry and returns its name."""
    auth = pulumi.Output.concat(credentials.username, ":", password).apply(encoded)
    document = pulumi.Output.json_dumps(
        {
            "auths": {
                credentials.server: {"username": credentials.username, "password": password, "auth": auth},
            }
        }
    )
    secret = Secret(
        name,
        metadata=scope.meta("secrets"),
        type="kubernetes.io/dockerconfigjson",
        data={".dockerconfigjson": pulumi.Output.secret(document).apply(encoded)},
        opts=pulumi.ResourceOptions(parent=parent),
    )
    return secret.metadata.name
