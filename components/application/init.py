"""The init Job: database role, migrations, and everything the platform must have registered before it starts."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from ..data.postgres import Origin
from ..from_settings import pod_options
from ..kube.container import Container, ImageRef
from ..kube.environment import Env, SecretRef, texts
from ..kube.files import File, FileSet
from ..kube.job import HashedJob, HashedJobArgs
from ..kube.pod import Pod
from ..settings.forail import Admin
from ..settings.init import InitSettings
from ..settings.postgres import SUPERUSER
from ..settings.secrets import SecretName
from ..settings.task import Execution, Nodes
from .backend import SINGLE_NODE, Backend

NAME = "forail-init"
FOLDER = "/etc/forail/init"
# A killed first migration needs up to two more runs, and a full node may cost some before that.
RETRIES = 6
# The first migration took four minutes on one core and takes eight on half of one; three of them fit.
DEADLINE_SECONDS = 3600


@dataclass(frozen=True, kw_only=True)
class InitArgs:
    """What the Job applies."""

    backend: Backend
    """Image, connections, credentials, settings."""
    postgres_image: ImageRef
    """Image with psql, for the platform's role in the in-cluster server."""
    admin: Admin
    """First superuser."""
    execution: Execution
    """The node's type."""
    settings: InitSettings
    """`init`."""


class Init(pulumi.ComponentResource):
    """The init Job `forail-init-<hash>`.

    Creates: configuration, Job.
    """

    job: pulumi.Resource
    """Complete once everything is applied."""

    def __init__(self, name: str, args: InitArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("forail:application:Init", name, None, opts)
        names = ("step.sh", "migrations.py", "migrate.sh", "bootstrap.sh", "bootstrap.py")
        files = tuple(File(f"init/{file}", f"{FOLDER}/{file}") for file in names)
        scripts = FileSet(name, files, args.backend.scope, "init", parent=self, executable=True)
        steps = (*self._server_steps(name, args), self._migrate(args, scripts))
        made = HashedJob(
            name,
            HashedJobArgs(
                scope=args.backend.scope,
                object_name=NAME,
                pod=Pod(
                    component="init",
                    init_containers=steps,
                    containers=(self._bootstrap(args, scripts),),
                    options=pod_options(args.settings),
                    restart_policy="Never",
                ),
                retries=RETRIES,
                deadline_seconds=DEADLINE_SECONDS,
                # Two migrations at once break each other.
                exclusive=True,
            ),
            pulumi.ResourceOptions(parent=self),
        )
        self.job = made.job
        self.register_outputs({"job": made.job.metadata.name})

    def _server_steps(self, name: str, args: InitArgs) -> tuple[Container, ...]:
        """What is done as the in-cluster server's superuser; nothing on a server elsewhere."""
        superuser_password = args.backend.database.superuser_password
        if superuser_password is None:
            return ()
        database = self._database("database", name, args, superuser_password)
        if args.backend.database.origin is Origin.STACK:
            return (database,)
        # First the server gets the superuser that the other step comes as.
        return self._database("handover", name, args, superuser_password), database

    def _database(self, step: str, name: str, args: InitArgs, superuser_password: SecretRef) -> Container:
        database, file = args.backend.database, f"postgres/{step}.sh"
        files = FileSet(
            f"{name}-{step}",
            (File(file, f"/etc/forail/{file}"),),
            args.backend.scope,
            "init",
            parent=self,
            executable=True,
        )
        return Container(
            name=step,
            image=args.postgres_image,
            command=("sh", f"/etc/forail/{file}"),
            env=(
                *texts(
                    PGHOST=database.host,
                    PGPORT=str(database.port),
                    PGUSER=SUPERUSER,
                    PLATFORM_USER=database.user,
                    PLATFORM_DATABASE=database.database,
                ),
                Env("PGPASSWORD", secret=superuser_password),
                Env("PLATFORM_PASSWORD", secret=database.password),
            ),
            mounts=files.mounts,
        )

    def _migrate(self, args: InitArgs, scripts: FileSet) -> Container:
        return self._step("migrate", args.backend.env_with(()), args, scripts)

    def _bootstrap(self, args: InitArgs, scripts: FileSet) -> Container:
        secrets = args.backend.credentials
        own = (
            *texts(
                FORAIL_ADMIN_USER=args.admin.user,
                FORAIL_ADMIN_EMAIL=args.admin.email,
                # Without a name only the groups are registered: each task pod registers itself.
                FORAIL_NODE_NAME=SINGLE_NODE if args.backend.nodes is Nodes.ONE else "",
                FORAIL_SINGLE_NODE_NAME=SINGLE_NODE,
                FORAIL_NODE_TYPE=args.execution.value,
                FORAIL_PRELOAD_DATA="true" if args.settings.preload_data else "false",
            ),
            Env("FORAIL_ADMIN_PASSWORD", secret=secrets.ref(SecretName.ADMIN_PASSWORD)),
            Env("FORAIL_PAT", secret=secrets.ref(SecretName.PERSONAL_ACCESS_TOKEN)),
        )
        return self._step("bootstrap", args.backend.env_with(own), args, scripts)

    def _step(self, name: str, env: tuple[Env, ...], args: InitArgs, scripts: FileSet) -> Container:
        return Container(
            name=name,
            image=args.backend.image,
            command=("bash", f"{FOLDER}/{name}.sh"),
            env=env,
            mounts=(*args.backend.mounts, *scripts.mounts),
        )
