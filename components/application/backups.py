"""Database dumps on a schedule, by the script that web also has for dumps on demand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pulumi

from ..data.claims import SharedClaim, same_node
from ..from_settings import pod_options
from ..kube.container import Container, ImageRef
from ..kube.environment import Env, joined, texts
from ..kube.files import File, FileSet
from ..kube.job import ScheduledJob, ScheduledJobArgs
from ..kube.mounts import Mount
from ..kube.pod import Pod
from ..settings.backups import BackupsSettings
from ..settings.secrets import SecretName
from .backend import Backend
from .copies import Copies, CopiesArgs
from .drill import Drill, DrillArgs

NAME = "forail-backup"
RESTORE_NAME = "forail-restore"
# Longer than any dump that fits the default claim; a hung one must not block the next night's.
DEADLINE_SECONDS = 6 * 3600
FILES = (
    File("backup/backup.sh", "/usr/local/bin/backup.sh"),
    File("backup/restore.sh", "/usr/local/bin/restore.sh"),
    File("backup/load.sh", "/usr/local/bin/load.sh"),
    File("backup/credentials.py", "/etc/forail/backup/credentials.py"),
    File("init/migrations.py", "/etc/forail/backup/migrations.py"),
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
    postgres_image: ImageRef
    """Image of the server that a drill restores into."""
    rclone: ImageRef
    """rclone, which `backups.copies` needs."""
    copies_secrets: Mapping[str, pulumi.Output[str]]
    """`copiesSecrets`: credentials of the store for `backups.copies`."""


class Backups(pulumi.ComponentResource):
    """Scheduled dumps.

    Creates: ConfigMap with backup.sh and restore.sh, CronJob `forail-backup`, the suspended CronJob `forail-restore` to
    start a restore from, Copies with `backups.copies`, and Drill with `backups.drill`.
    """

    files: FileSet
    """backup.sh and restore.sh, for dumps on demand in the web pod."""
    env: tuple[Env, ...]
    """What they read beside the database and the key: a dump by hand deletes old ones, too."""
    copies: Copies | None
    """What reaches the copies; None where dumps stay in the cluster."""
    reads: tuple[tuple[Env, ...], tuple[Mount, ...]]
    """All that backup.sh reads: variables, and mounts beside the scripts and the claim."""

    def __init__(self, name: str, args: BackupsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("forail:application:Backups", name, None, opts)
        self.files = FileSet(f"{name}-backup", FILES, args.backend.scope, "backup", parent=self, executable=True)
        child = pulumi.ResourceOptions(parent=self)
        self._kept = texts(BACKUP_RETENTION_DAYS=str(args.settings.retention_days))
        self.env = (*self._kept, *_passphrase(args))
        self.reads = self._reads(args)
        self.copies = _copies(f"{name}-copies", args, child)
        ScheduledJob(
            f"{name}-backup",
            ScheduledJobArgs(
                scope=args.backend.scope,
                object_name=NAME,
                pod=self._with_copies(args, self._pod(args, "backup", ("/usr/local/bin/backup.sh",), *self.reads)),
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
                scope=args.backend.scope,
                object_name=RESTORE_NAME,
                pod=self._pod(args, "restore", ("/usr/local/bin/restore.sh", "--yes"), *self._loads_django(args)),
                # Never runs by itself: `kubectl create job --from=cronjob/forail-restore` starts it.
                schedule="0 0 31 2 *",
                suspended=True,
                # A restore is tried once: what stops it needs a person.
                retries=0,
                deadline_seconds=DEADLINE_SECONDS,
            ),
            child,
        )
        if args.settings.drill is not None:
            Drill(
                f"{name}-backup-drill",
                DrillArgs(
                    backend=args.backend,
                    settings=args.settings.drill,
                    backups=args.settings,
                    deadline_seconds=DEADLINE_SECONDS,
                    claim=args.claim,
                    load=self.files,
                    copies=self.copies,
                    postgres_image=args.postgres_image,
                ),
                child,
            )
        self.register_outputs({})

    def _reads(self, args: BackupsArgs) -> tuple[tuple[Env, ...], tuple[Mount, ...]]:
        """A dump needs the database, and the key for its fingerprint: without the same key a restore is unreadable.

        The database may still have a former key: CronJobs and the backup before an upgrade come before the rotation.
        """
        key = Env("FORAIL_SECRET_KEY", secret=args.backend.credentials.ref(SecretName.SECRET_KEY))
        env = joined((*args.backend.database.env, key, *self.env), args.backend.former_keys)
        return env, args.backend.database.ca

    def _loads_django(self, args: BackupsArgs) -> tuple[tuple[Env, ...], tuple[Mount, ...]]:
        """A restore asks the application which migrations it knows."""
        return joined(args.backend.env_with(self._kept), args.backend.former_keys), args.backend.mounts

    def _with_copies(self, args: BackupsArgs, pod: Pod) -> Pod:
        """The dump first, then its copy. Each try is a new pod, and a dump that its Job has made is not repeated."""
        if self.copies is None:
            return pod
        run = Env("BACKUP_RUN", field="metadata.labels['batch.kubernetes.io/controller-uid']")
        dump = tuple(replace(container, env=joined(container.env, (run,))) for container in pod.containers)
        return replace(pod, init_containers=dump, containers=(self.copies.copy(args.claim.mount),))

    def _pod(
        self,
        args: BackupsArgs,
        component: str,
        command: tuple[str, ...],
        env: tuple[Env, ...],
        mounts: tuple[Mount, ...],
    ) -> Pod:
        container = Container(
            name=component,
            image=args.backend.image,
            command=command,
            env=env,
            mounts=(*self.files.mounts, *mounts, args.claim.mount),
        )
        return Pod(
            component=component,
            containers=(container,),
            options=pod_options(args.settings),
            same_node=same_node(args.claim),
            restart_policy="Never",
        )


def _passphrase(args: BackupsArgs) -> tuple[Env, ...]:
    ref = args.backend.credentials.optional_ref(SecretName.BACKUP_KEY_PASSPHRASE)
    return () if ref is None else (Env("BACKUP_KEY_PASSPHRASE", secret=ref),)


def _copies(name: str, args: BackupsArgs, child: pulumi.ResourceOptions) -> Copies | None:
    if args.settings.copies is None:
        return None
    return Copies(
        name,
        CopiesArgs(
            scope=args.backend.scope,
            settings=args.settings.copies,
            image=args.rclone,
            secrets=args.copies_secrets,
            outbound=args.backend.outbound.beside,
        ),
        child,
    )
