"""Everything that keeps state, as one group."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from ..from_settings import Storage, image
from ..kube.claim import HelmRelease
from ..settings.adopt import AdoptSettings
from ..settings.backups import BackupsSettings
from ..settings.images import ImageName, ImagesSettings
from ..settings.postgres import ExternalPostgres, Postgres
from ..settings.projects import ProjectsSettings
from ..settings.redis import RedisSettings
from ..settings.rotation import RotationSettings
from ..settings.secrets import ExistingSecrets, SecretName, SecretSettings
from ..settings.tokens import Token
from . import postgres
from .claims import SharedClaims, SharedClaimsArgs
from .credentials import Credentials, CredentialsArgs
from .redis import Redis, RedisArgs, RedisConnection
from .tokens import Tokens, TokensArgs


@dataclass(frozen=True, kw_only=True)
class DataArgs:
    """Where state is kept."""

    storage: Storage
    """Namespace, labels, and whether data is protected."""
    namespace: str
    """Name of the namespace, for what is read from the cluster."""
    images: ImagesSettings
    """`images`."""
    needed: frozenset[SecretName]
    """Secrets that this stack's pods read."""
    given: SecretSettings
    """Values from secret configuration."""
    secrets: ExistingSecrets
    """`secrets`."""
    rotation: RotationSettings
    """`rotation`."""
    allowed: tuple[str, ...] = ()
    """`upgrade.allow`."""
    postgres: Postgres
    """`postgres`."""
    redis: RedisSettings
    """`redis`."""
    tokens: tuple[Token, ...]
    """`forail.tokens`."""
    projects: ProjectsSettings
    """`projects`."""
    backups: BackupsSettings
    """`backups`."""
    adopt: AdoptSettings | None = None
    """`adopt`."""


class Data(pulumi.ComponentResource):
    """What keeps state.

    Creates: Credentials, Tokens where there are some, SharedClaims, Postgres unless it is external, Redis.
    """

    credentials: Credentials
    """The platform's secrets."""
    tokens: Tokens | None
    """Further tokens; None where none are declared."""
    database: postgres.DatabaseConnection
    """How to reach the database."""
    redis: RedisConnection
    """How to reach Redis."""
    claims: SharedClaims
    """Claims that several workloads mount."""

    def __init__(self, name: str, args: DataArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("forail:data:Data", name, None, opts)
        child, scope = pulumi.ResourceOptions(parent=self), args.storage.scope
        self.credentials = Credentials(
            name,
            CredentialsArgs(
                scope=scope,
                needed=args.needed,
                given=args.given,
                existing=args.secrets,
                rotation=args.rotation,
                protect=args.storage.protect,
                allowed=args.allowed,
            ),
            child,
        )
        self.tokens = (
            Tokens(f"{name}-tokens", TokensArgs(scope=scope, tokens=args.tokens), child) if args.tokens else None
        )
        self.claims = SharedClaims(
            name,
            SharedClaimsArgs(storage=args.storage, projects=args.projects.storage, backups=args.backups.storage),
            child,
        )
        self.redis = Redis(
            f"{name}-redis",
            RedisArgs(
                scope=scope,
                storage=args.storage,
                settings=args.redis,
                image=image(args.images, ImageName.REDIS),
                password=self.credentials.ref(SecretName.REDIS_PASSWORD),
            ),
            child,
        ).connection
        self.database = self._database(name, args)
        self.register_outputs({"database": self.database.host, "redis": self.redis.host})

    def _database(self, name: str, args: DataArgs) -> postgres.DatabaseConnection:
        if isinstance(args.postgres, ExternalPostgres):
            return postgres.external(name, args.postgres, self.credentials, args.storage.scope, self)
        server = postgres.Postgres(
            f"{name}-postgres",
            postgres.PostgresArgs(
                scope=args.storage.scope,
                storage=args.storage,
                settings=args.postgres,
                image=image(args.images, ImageName.POSTGRES),
                credentials=self.credentials,
                release=None if args.adopt is None else HelmRelease(args.adopt.release, args.namespace),
            ),
            pulumi.ResourceOptions(parent=self),
        )
        return server.connection
