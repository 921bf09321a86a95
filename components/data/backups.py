"""Database dumps on a schedule, by the script that web also has for dumps on demand."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.batch.v1 import CronJob, CronJobSpecArgs, JobSpecArgs, JobTemplateSpecArgs
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from ..application.backend import Backend
from ..kube.container import Container
from ..kube.environment import Env, texts
from ..kube.files import File, FileSet
from ..kube.mounts import Mount
from ..kube.pod import Pod
from ..placement import amounts, placement
from ..settings.backups import BackupsSettings
from ..settings.secrets import SecretName
from .claims import SharedClaim, same_node

NAME = "forail-backup"
RESTORE_NAME = "forail-restore"
# A run that the scheduler missed by more than an hour waits for the next one.
STARTING_DEADLINE_SECONDS = 3600
# Longer than any dump that fits the default claim; a hung one must not block the next night's.
DEADLINE_SECONDS = 6 * 3600


FILES = (
    File("backup/backup.sh", "/usr/local/bin/backup.sh"),
    File("backup/restore.sh", "/usr/local/bin/restore.sh"),
    File("bootstrap/migrations.py", "/etc/forail/backup/migrations.py"),
)


@dataclass(frozen=True, kw_only=True)
class BackupsArgs:
    """What is dumped, when and where to."""

    backend: Backend
    """Image, connections, credentials, settings."""
    settings: BackupsSettings
    """`backups`."""
    claim: SharedClaim
    """Where dumps go."""


class Backups(pulumi.ComponentResource):
    """Scheduled dumps.

    Creates: ConfigMap with backup.sh and restore.sh, CronJob `forail-backup`, and the suspended
    CronJob `forail-restore` to start a restore from.
    Leaves copies off the cluster to you.
    """

    files: FileSet
    """backup.sh and restore.sh, for dumps on demand in the web pod."""
    env: tuple[Env, ...]
    """What they read beside the database and the key: a dump by hand deletes old ones, too."""

    def __init__(self, name: str, args: BackupsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("forail:platform:Backups", name, None, opts)
        self.files = FileSet(NAME, FILES, args.backend.scope, "backup", parent=self, executable=True)
        self.env = texts(BACKUP_RETENTION_DAYS=str(args.settings.retention_days))
        self._cron_job(args, NAME, ("/usr/local/bin/backup.sh",), args.settings.schedule, args.settings.suspended)
        # Never runs by itself: `kubectl create job --from=cronjob/forail-restore` starts it with everything in place.
        self._cron_job(args, RESTORE_NAME, ("/usr/local/bin/restore.sh", "--yes"), "0 0 31 2 *", True)
        self.register_outputs({})

    def _cron_job(
        self, args: BackupsArgs, name: str, command: tuple[str, ...], schedule: str, suspended: bool
    ) -> CronJob:
        component, scope = name.removeprefix("forail-"), args.backend.scope
        env, mounts = self._reads(args) if name == NAME else self._loads_django(args)
        container = Container(
            name=component,
            image=args.backend.image,
            command=command,
            env=env,
            mounts=(*self.files.mounts, *mounts, args.claim.mount),
            resources=amounts(args.settings.resources),
        )
        pod = Pod(
            component=component,
            containers=(container,),
            placement=placement(args.settings),
            same_node=same_node(args.claim),
            restart_policy="Never",
        )
        # A restore is tried once: what stops it needs a person.
        retries = 2 if name == NAME else 0
        return CronJob(
            name,
            metadata=scope.meta(component, name, version=args.backend.image.version),
            spec=CronJobSpecArgs(
                schedule=schedule,
                suspend=suspended,
                concurrency_policy="Forbid",
                starting_deadline_seconds=STARTING_DEADLINE_SECONDS,
                successful_jobs_history_limit=1,
                failed_jobs_history_limit=3,
                job_template=JobTemplateSpecArgs(
                    metadata=ObjectMetaArgs(
                        labels=scope.labels_of(component), annotations=dict(scope.annotations) or None
                    ),
                    spec=JobSpecArgs(
                        backoff_limit=retries,
                        active_deadline_seconds=DEADLINE_SECONDS,
                        template=pod.template(scope),
                    ),
                ),
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _reads(self, args: BackupsArgs) -> tuple[tuple[Env, ...], tuple[Mount, ...]]:
        """A dump needs the database, and the key for its fingerprint: without the same key a restore is unreadable."""
        key = Env("FORAIL_SECRET_KEY", secret=args.backend.credentials.ref(SecretName.SECRET_KEY))
        return (*args.backend.database.env, key, *self.env), args.backend.database.ca

    def _loads_django(self, args: BackupsArgs) -> tuple[tuple[Env, ...], tuple[Mount, ...]]:
        """A restore asks the application which migrations it knows."""
        return args.backend.env_with(self.env), args.backend.mounts
