"""Postgres: a StatefulSet in the cluster, or the address of a server elsewhere; consumers see no difference."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

import pulumi

from ..from_settings import Storage, pod_options
from ..kube.claim import HelmRelease, claim, claim_name, claim_of_release
from ..kube.container import Container, ImageRef, Probe, Probes, Security
from ..kube.environment import Env, SecretRef, joined, texts
from ..kube.files import File, FileSet
from ..kube.metadata import Scope
from ..kube.mounts import ClaimMount, FileMount, ScratchMount
from ..kube.pod import Pod
from ..kube.workload import Workload, WorkloadArgs
from ..settings.postgres import CLAIM, SUPERUSER, ExternalPostgres, InClusterPostgres, TlsMode
from ..settings.secrets import SecretName
from .credentials import Credentials

NAME = "forail-postgres"
PORT = 5432
CA_PATH = "/etc/forail/database-ca.crt"
# Events have a partition an hour, and dump and restore lock all of them at once: with the default of 64 a platform of a
# month cannot be restored. This is enough for four months and takes 45 MB of memory at most.
LOCKS = "max_locks_per_transaction=1024"
# The entrypoint takes ownership of the data directory and becomes the postgres user.
SECURITY = Security(capabilities=("CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID"))


class Origin(StrEnum):
    """Who initialised the in-cluster server's data."""

    STACK = "stack"
    """Its superuser is `postgres`, as the stack made it."""
    RELEASE = "release"
    """A release of the vendor's chart: the platform's role was made its superuser, and there was no other."""


@dataclass(frozen=True, kw_only=True)
class DatabaseConnection:
    """How to reach the database as the platform's role."""

    host: pulumi.Input[str]
    """Host name, known once the server answers."""
    port: int
    """Port."""
    database: str
    """Database that the role owns."""
    user: str
    """The role."""
    password: SecretRef
    """Its password."""
    superuser_password: SecretRef | None = None
    """Password of the in-cluster superuser, for the init Job only; None for an external server."""
    former_superuser_passwords: tuple[SecretRef, ...] = ()
    """Those of former epochs, for the init Job only."""
    origin: Origin = Origin.STACK
    """Who initialised the in-cluster server's data."""
    tls_mode: TlsMode | None = None
    """libpq sslmode of an external server."""
    ca: tuple[FileMount, ...] = ()
    """CA of an external server."""

    @property
    def env(self) -> tuple[Env, ...]:
        """Variables for whoever connects."""
        return (
            *texts(
                DATABASE_HOST=self.host,
                DATABASE_PORT=str(self.port),
                DATABASE_NAME=self.database,
                DATABASE_USER=self.user,
                DATABASE_SSLMODE=self.tls_mode.value if self.tls_mode else None,
                DATABASE_SSLROOTCERT=CA_PATH if self.ca else None,
            ),
            Env("DATABASE_PASSWORD", secret=self.password),
        )


@dataclass(frozen=True, kw_only=True)
class PostgresArgs:
    """The in-cluster server."""

    scope: Scope
    """Namespace and labels."""
    storage: Storage
    """How claims are made."""
    settings: InClusterPostgres
    """`postgres`."""
    image: ImageRef
    """Postgres image."""
    credentials: Credentials
    """Passwords."""
    release: HelmRelease | None = None
    """The Helm release whose claim it is; None for a claim that the stack made or was given."""


class Postgres(pulumi.ComponentResource):
    """The in-cluster server, with a superuser of its own.

    Creates: StatefulSet and Service `forail-postgres`, its claim, and those that are kept. The claim of a Helm release
    it reads only.
    Leaves the platform's role and database to the init Job, which also sets a rotated password.
    """

    connection: DatabaseConnection
    """How the platform connects."""

    def __init__(self, name: str, args: PostgresArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("forail:data:Postgres", name, None, opts)
        data = self._claim(name, args)
        superuser = args.credentials.ref(SecretName.POSTGRES_SUPERUSER_PASSWORD)
        # Over TCP, because the server that initdb runs for a moment listens on the socket only.
        ready = Probe(command=("pg_isready", "--host=127.0.0.1", f"--username={SUPERUSER}"))
        container = Container(
            name="postgres",
            image=args.image,
            args=("-c", LOCKS),
            env=joined(
                texts(POSTGRES_USER=SUPERUSER, PGDATA="/var/lib/postgresql/data/pgdata"),
                (Env("POSTGRES_PASSWORD", secret=superuser),),
            ),
            ports={"postgres": PORT},
            mounts=(
                ClaimMount("data", data, "/var/lib/postgresql/data"),
                # Parallel queries need more shared memory than the runtime's 64 MiB.
                ScratchMount("shared-memory", "/dev/shm", in_memory=True),
            ),
            probes=Probes.same(ready, startup_failures=150),
            security=SECURITY,
        )
        workload = Workload(
            name,
            WorkloadArgs(
                scope=args.scope,
                object_name=NAME,
                # A shutdown checkpoint of a busy server takes longer than the default 30 seconds.
                pod=Pod(
                    component="postgres",
                    containers=(container,),
                    options=pod_options(args.settings),
                    grace_seconds=120,
                ),
                service_ports={"postgres": PORT},
                stateful=True,
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.connection = DatabaseConnection(
            host=workload.address,
            port=PORT,
            database=args.settings.database,
            user=args.settings.user,
            password=args.credentials.ref(SecretName.POSTGRES_PASSWORD),
            superuser_password=superuser,
            former_superuser_passwords=args.credentials.former(SecretName.POSTGRES_SUPERUSER_PASSWORD),
            origin=Origin.STACK if args.release is None else Origin.RELEASE,
        )
        self.register_outputs({"host": workload.address})

    def _claim(self, name: str, args: PostgresArgs) -> pulumi.Output[str]:
        for kept in args.settings.kept_claims:
            former = args.storage.claim(args.settings.storage, "postgres", kept)
            claim(_claim_resource(name, kept), replace(former, existing=None), self, kept=True)
        used = args.settings.claim_name
        made = args.storage.claim(args.settings.storage, "postgres", used)
        if args.release is None or made.existing is None:
            return claim_name(_claim_resource(name, used), made, self)
        return claim_of_release(f"{name}-adopted", made.existing, args.release, self)


def _claim_resource(name: str, object_name: str) -> str:
    """The same for a claim whether it is used or kept, so that neither step touches it."""
    return name if object_name == CLAIM else f"{name}-claim{object_name.removeprefix(CLAIM)}"


def external(
    name: str, settings: ExternalPostgres, credentials: Credentials, scope: Scope, parent: pulumi.Resource
) -> DatabaseConnection:
    """The connection to a server that exists; its CA becomes a ConfigMap."""
    ca: tuple[FileMount, ...] = ()
    if settings.tls.ca is not None:
        certificate = File("database-ca.crt", CA_PATH)
        files = FileSet(
            f"{name}-database-ca",
            (certificate,),
            scope,
            "postgres",
            parent=parent,
            content={certificate.key: settings.tls.ca},
        )
        ca = files.mounts
    return DatabaseConnection(
        host=settings.host,
        port=settings.port,
        database=settings.database,
        user=settings.user,
        password=credentials.ref(SecretName.POSTGRES_PASSWORD),
        tls_mode=settings.tls.mode,
        ca=ca,
    )
