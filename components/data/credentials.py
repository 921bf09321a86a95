"""The platform's secrets: generated, given as secret configuration, or in existing Secrets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pulumi
from pulumi_kubernetes.core.v1 import Secret
from pulumi_random import RandomPassword

from ..kube.environment import Kept, SecretRef
from ..kube.metadata import Scope
from ..kube.secret import encoded
from ..record import record
from ..settings.registry_credentials import RegistryCredentialsSettings
from ..settings.rotation import RotationSettings, epoch_name
from ..settings.secrets import ExistingSecrets, SecretName, SecretSettings
from . import secret_key
from .external_secrets import ExternalSecretArgs, external_secret, source

KEY = "value"


@dataclass(frozen=True)
class Generated:
    """How a secret is made: the end of its names, how many characters, and whether losing it loses data.

    What guards data keeps the values of former epochs, each under a name of its own: the data may still be theirs.
    """

    suffix: str
    length: int | None
    """None: it is never made, only given."""
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
    SecretName.MONITORING_TOKEN: Generated("monitoring-token", 40),
    # One that only the state and the cluster know would be lost with what its backups are for.
    SecretName.BACKUP_KEY_PASSPHRASE: Generated("backup-key-passphrase", None),
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
    """Secrets of others that take the place of generated ones."""
    rotation: RotationSettings
    """Epochs of generated values."""
    protect: bool
    """Refuse to replace what guards data."""
    allowed: tuple[str, ...] = ()
    """Changes that are meant: `upgrade.allow`."""


class Credentials(pulumi.ComponentResource):
    """The platform's secrets.

    Creates: for each secret that is not kept elsewhere, a Secret, and a RandomPassword unless its value is given; for
    each that External Secrets fetches, an ExternalSecret.
    Leaves what others keep to them: their values do not become outputs.
    """

    def __init__(self, name: str, args: CredentialsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("forail:data:Credentials", name, None, opts)
        self._refs: dict[SecretName, SecretRef] = {}
        self._values: dict[SecretName, pulumi.Output[str]] = {}
        self._former: dict[SecretName, tuple[SecretRef, ...]] = {}
        for secret in sorted(args.needed):
            kept = self._elsewhere(name, secret, args)
            if kept is None:
                self._refs[secret] = self._made(name, secret, args)
            else:
                self._refs[secret] = self._unchanged(name, *kept, args) if secret is SecretName.SECRET_KEY else kept[0]
        self.register_outputs({})

    def ref(self, secret: SecretName) -> SecretRef:
        """Where pods read `secret`."""
        return self._refs[secret]

    def optional_ref(self, secret: SecretName) -> SecretRef | None:
        """Where pods read `secret`; None where this stack has none."""
        return self._refs.get(secret)

    def former(self, secret: SecretName) -> tuple[SecretRef, ...]:
        """Where the values of former epochs are, the newest first; nothing for what guards no data."""
        return self._former.get(secret, ())

    def value(self, secret: SecretName) -> pulumi.Output[str] | None:
        """The value as a secret output; None where an existing Secret holds it."""
        value = self._values.get(secret)
        return None if value is None else pulumi.Output.secret(value)

    def _elsewhere(self, name: str, secret: SecretName, args: CredentialsArgs) -> tuple[SecretRef, str] | None:
        """Where pods read what others keep, and where those keep it; None where nobody else does."""
        path, existing, remote = (args.existing.path(secret), args.existing.of(secret), args.existing.external(secret))
        if path is not None and existing is not None:
            kept = Kept(path, existing.secret_name)
            return SecretRef(existing.secret_name, existing.key, kept), secret_key.in_secret(existing)
        external = args.existing.external_secrets
        if path is None or remote is None or external is None:
            return None
        made = GENERATED[secret]
        fetched = ExternalSecretArgs(
            scope=args.scope,
            path=path,
            suffix=made.suffix,
            store=external.store,
            remote=remote,
            refresh_interval=external.refresh_interval,
            guards_data=made.guards_data,
        )
        return external_secret(f"{name}-external-{made.suffix}", fetched, self), source(external.store, remote)

    def _unchanged(self, name: str, ref: SecretRef, place: str, args: CredentialsArgs) -> SecretRef:
        """The encryption key's place, for who must see no other key."""
        live = args.scope.live_secrets
        facts = secret_key.kept(place, None if live is None else live.value(ref))
        unchanged = record(f"{name}-{secret_key.RECORD}", facts, secret_key.check, args.allowed, self)
        names = pulumi.Output.all(ref.name, unchanged.urn)
        return replace(ref, name=names.apply(lambda found: str(found[0])))

    def _made(self, name: str, secret: SecretName, args: CredentialsArgs) -> SecretRef:
        made, child, given = GENERATED[secret], f"{name}-{GENERATED[secret].suffix}", args.given.given.get(secret)
        protect, epoch = args.protect and made.guards_data, args.rotation.of(secret)
        if given is not None or not made.guards_data:
            values = {child: given or self._generated(child, made, {"epoch": str(epoch)}, protect)}
        else:
            names = [epoch_name(child, each) for each in range(1, epoch + 1)]
            values = {own: self._generated(own, made, None, protect) for own in names}
        *_, current = values.values()
        self._values[secret] = pulumi.Output.secret(current)
        after: list[pulumi.Resource] = []
        if secret is SecretName.SECRET_KEY:
            facts = secret_key.held(self._values[secret], epoch=None if given is not None else epoch)
            after = [record(f"{name}-{secret_key.RECORD}", facts, secret_key.check, args.allowed, self)]
        *former, ref = (self._kept(own, value, args.scope, protect, after) for own, value in values.items())
        self._former[secret] = tuple(reversed(former))
        return ref

    def _kept(
        self, name: str, value: pulumi.Output[str], scope: Scope, protect: bool, after: Sequence[pulumi.Resource]
    ) -> SecretRef:
        object_ = Secret(
            name,
            metadata=scope.meta("secrets"),
            type="Opaque",
            data={KEY: pulumi.Output.secret(value).apply(encoded)},
            # Without a name of its own a change makes another Secret, so who reads it rolls.
            opts=pulumi.ResourceOptions(parent=self, protect=protect, depends_on=list(after)),
        )
        return SecretRef(object_.metadata.name, KEY)

    def _generated(
        self, name: str, made: Generated, keepers: Mapping[str, str] | None, protect: bool
    ) -> pulumi.Output[str]:
        if made.length is None:
            raise ValueError(f"{name} is needed and was not given")
        password = RandomPassword(
            name,
            length=made.length,
            special=False,
            min_lower=1,
            min_upper=1,
            min_numeric=1,
            keepers=keepers,
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
