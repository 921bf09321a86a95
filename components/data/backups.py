"""Database dumps on a schedule, by the script that web also has for dumps on demand."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from ..from_settings import pod_options
from ..kube.container import Container, ImageRef
from ..kube.environment import Env, SecretRef, texts
from ..kube.files import File, FileSet
from ..kube.job import ScheduledJob, ScheduledJobArgs
from ..kube.metadata import Scope
from ..kube.pod import Pod
from ..settings.backups import BackupsSettings
from .claims import SharedClaim, same_node
from .postgres import DatabaseConnection

NAME = "forail-backup"
RESTORE_NAME = "forail-restore"
# Longer than any dump that fits the default claim; a hung one must not block the next night's.
DEADLINE_SECONDS = 6 * 3600
FILES = (
    File("backup/backup.sh", "/usr/local/bin/backup.sh"),
    File("backup/restore.sh", "/usr/local/bin/restore.sh"),
)


@dataclass(frozen=True, kw_only=True)
class BackupsArgs:
    """What is dumped, when and where to."""

    scope: Scope
    """Namespace and labels."""
    settings: BackupsSettings
    """`backups`."""
    image: ImageRef
    """Backend image: it has pg_dump."""
    database: DatabaseConnection
    """What is dumped."""
    secret_key: SecretRef
    """Key that encrypts what the dump holds; only its fingerprint is written beside it."""
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
        super().__init__("forail:data:Backups", name, None, opts)
        self.files = FileSet(f"{name}-backup", FILES, args.scope, "backup", parent=self, executable=True)
        self.env = texts(BACKUP_RETENTION_DAYS=str(args.settings.retention_days))
        child = pulumi.ResourceOptions(parent=self)
        ScheduledJob(
            f"{name}-backup",
            ScheduledJobArgs(
                scope=args.scope,
                object_name=NAME,
                pod=self._pod(args, "backup", ("/usr/local/bin/backup.sh",)),
                schedule=args.settings.schedule,
                suspended=args.settings.suspended,
                retries=2,
                deadline_seconds=DEADLINE_SECONDS,
            ),
            child,
        )
        ScheduledJob(
            f"{name}-restore",
            ScheduledJobArgs(
                scope=args.scope,
                object_name=RESTORE_NAME,
                pod=self._pod(args, "restore", ("/usr/local/bin/restore.sh", "--yes")),
                # Never runs by itself: `kubectl create job --from=cronjob/forail-restore` starts it.
                schedule="0 0 31 2 *",
                suspended=True,
                # A restore is tried once: what stops it needs a person.
                retries=0,
                deadline_seconds=DEADLINE_SECONDS,
            ),
            child,
        )
        self.register_outputs({})

    def _pod(self, args: BackupsArgs, component: str, command: tuple[str, ...]) -> Pod:
        container = Container(
            name=component,
            image=args.image,
            command=command,
            env=(
                *args.database.env,
                # Without the same key a restore is unreadable, so the scripts compare its fingerprint.
                Env("FORAIL_SECRET_KEY", secret=args.secret_key),
                *self.env,
            ),
            mounts=(*self.files.mounts, *args.database.ca, args.claim.mount),
        )
        return Pod(
            component=component,
            containers=(container,),
            options=pod_options(args.settings),
            same_node=same_node(args.claim),
            restart_policy="Never",
        )
