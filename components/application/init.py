"""The init Job: database role, migrations, and everything the platform must have registered before it starts."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.batch.v1 import Job, JobSpecArgs

from ..kube.container import Container, ImageRef
from ..kube.environment import Env, SecretRef, texts
from ..kube.files import File, FileSet
from ..kube.mounts import Mount
from ..kube.pod import Pod
from ..placement import amounts, extra_env, placement
from ..settings.forail import Admin
from ..settings.init import InitSettings
from ..settings.postgres import SUPERUSER
from ..settings.secrets import SecretName
from ..settings.task import TaskSettings
from .backend import SINGLE_NODE, Backend

FOLDER = "/etc/forail/bootstrap"
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
    task: TaskSettings
    """Node type and replicas."""
    settings: InitSettings
    """`init`."""


class Init(pulumi.ComponentResource):
    """The init Job `forail-init-<hash>`.

    The hash covers image, files, settings and the identity of each secret: the Job runs again exactly when something
    that it applies has changed.
    Creates: configuration, Job.
    """

    job: Job
    """Complete once everything is applied."""

    def __init__(self, name: str, args: InitArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("forail:platform:Bootstrap", name, None, opts)
        scripts = self._files(
            args, "forail-init", "step.sh", "migrations.py", "migrate.sh", "bootstrap.sh", "bootstrap.py"
        )
        files = [args.backend.settings_files, args.backend.receptor_files, scripts]
        steps = [self._migrate(args, scripts)]
        if args.backend.database.superuser_password is not None:
            role = FileSet(
                "forail-init-database",
                (File("postgres/database.sh", "/etc/forail/postgres/database.sh"),),
                args.backend.scope,
                "init",
                parent=self,
                executable=True,
            )
            files.append(role)
            steps.insert(0, self._database(args, role, args.backend.database.superuser_password))
        main = self._bootstrap(args, scripts)
        self.job = self._job(args, (*steps, main), _digest((*steps, main), files))
        self.register_outputs({"job": self.job.metadata.name})

    def _files(self, args: InitArgs, name: str, *names: str) -> FileSet:
        files = tuple(File(f"bootstrap/{file}", f"{FOLDER}/{file}") for file in names)
        return FileSet(name, files, args.backend.scope, "init", parent=self, executable=True)

    def _database(self, args: InitArgs, files: FileSet, superuser_password: SecretRef) -> Container:
        database = args.backend.database
        env = (
            *texts(
                PGHOST=database.host,
                PGPORT=str(database.port),
                PGUSER=SUPERUSER,
                PLATFORM_USER=database.user,
                PLATFORM_DATABASE=database.database,
            ),
            Env("PGPASSWORD", secret=superuser_password),
            Env("PLATFORM_PASSWORD", secret=database.password),
        )
        return Container(
            name="database",
            image=args.postgres_image,
            command=("sh", "/etc/forail/postgres/database.sh"),
            env=env,
            mounts=files.mounts,
            resources=amounts(args.settings.resources),
        )

    def _migrate(self, args: InitArgs, scripts: FileSet) -> Container:
        env = args.backend.env_with((), extra_env(args.settings))
        return self._step("migrate", ("bash", f"{FOLDER}/migrate.sh"), env, args, scripts)

    def _bootstrap(self, args: InitArgs, scripts: FileSet) -> Container:
        secrets = args.backend.credentials
        one_node = args.task.replicas == 1
        own = (
            *texts(
                FORAIL_ADMIN_USER=args.admin.user,
                FORAIL_ADMIN_EMAIL=args.admin.email,
                # Without a name only the groups are registered: each task pod registers itself.
                FORAIL_NODE_NAME=SINGLE_NODE if one_node else "",
                FORAIL_SINGLE_NODE_NAME=SINGLE_NODE,
                FORAIL_NODE_TYPE=args.task.execution.value,
                FORAIL_PRELOAD_DATA="true" if args.settings.preload_data else "false",
            ),
            Env("FORAIL_ADMIN_PASSWORD", secret=secrets.ref(SecretName.ADMIN_PASSWORD)),
            Env("FORAIL_PAT", secret=secrets.ref(SecretName.PERSONAL_ACCESS_TOKEN)),
        )
        env = args.backend.env_with(own, extra_env(args.settings))
        return self._step("bootstrap", ("bash", f"{FOLDER}/bootstrap.sh"), env, args, scripts)

    def _step(
        self, name: str, command: tuple[str, ...], env: tuple[Env, ...], args: InitArgs, scripts: FileSet
    ) -> Container:
        mounts: tuple[Mount, ...] = (*args.backend.mounts, *scripts.mounts)
        return Container(
            name=name,
            image=args.backend.image,
            command=command,
            env=env,
            mounts=mounts,
            resources=amounts(args.settings.resources),
        )

    def _job(self, args: InitArgs, steps: tuple[Container, ...], digest: pulumi.Output[str]) -> Job:
        pod = Pod(
            component="init",
            init_containers=steps[:-1],
            containers=steps[-1:],
            placement=placement(args.settings),
            # A new pod for each try keeps the log of the one that failed.
            restart_policy="Never",
        )
        minutes = f"{DEADLINE_SECONDS // 60 + 5}m"
        return Job(
            "forail-init",
            metadata=args.backend.scope.meta(
                "init",
                pulumi.Output.concat("forail-init-", digest),
                version=args.backend.image.version,
                # A Job that failed for good is replaced by the next `up`, even when nothing else changed.
                annotations={"pulumi.com/replaceUnready": "true"},
            ),
            spec=JobSpecArgs(
                backoff_limit=RETRIES,
                active_deadline_seconds=DEADLINE_SECONDS,
                completions=1,
                # Two migrations at once break each other.
                parallelism=1,
                pod_replacement_policy="Failed",
                template=pod.template(args.backend.scope),
            ),
            opts=pulumi.ResourceOptions(
                parent=self,
                # The old Job must be gone before the new one migrates.
                delete_before_replace=True,
                custom_timeouts=pulumi.CustomTimeouts(create=minutes, update=minutes),
            ),
        )


def _digest(steps: tuple[Container, ...], files: list[FileSet]) -> pulumi.Output[str]:
    """Eight hex digits over what the steps run: images, commands, files, texts of variables and names of Secrets."""
    fixed = [f"{step.name} {step.image.reference} {' '.join(step.command)}" for step in steps]
    fixed += [f"{key}\n{text}" for file_set in files for key, text in sorted(file_set.texts.items())]
    labels, values = zip(*(variable.identity() for step in steps for variable in step.env), strict=True)
    return pulumi.Output.all(*values).apply(lambda found: _hash([*fixed, *labels, *found]))


def _hash(parts: list[str]) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:8]
