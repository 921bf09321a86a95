"""One restore with the next `up`: a Job that puts a backup in the place of the database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pulumi
from pulumi_random import RandomId

from ..data.claims import SharedClaim, same_node
from ..data.postgres import Origin
from ..from_settings import pod_options
from ..kube.container import Container
from ..kube.environment import Env, joined, texts
from ..kube.files import File, FileSet
from ..kube.job import HashedJob, HashedJobArgs
from ..kube.pod import Pod
from ..settings.postgres import SUPERUSER
from ..settings.restore import RestoreSettings
from ..settings.secrets import SecretName
from . import backups, init
from .access import QuiesceAccess, QuiesceAccessArgs, quiesce_seconds
from .copies import NEWEST, Copies
from .database_steps import database_steps, former_passwords
from .init import InitArgs, bootstrap_env

NAME = "forail-restore"
FOLDER = "/etc/forail/restore"
FILES = tuple(
    File(source, f"{FOLDER}/{Path(source).name}")
    for source in (
        "restore/job.sh",
        "restore/scale.py",
        "restore/steps.sh",
        "backup/load.sh",
        "backup/credentials.py",
        "postgres/database.sh",
        "secret_key/reencrypt.sh",
        "secret_key/reencrypt.py",
        *init.STEPS,
    )
)
# A cluster's own trouble that ends three pods in a row ends a fourth too: that one only brings web and task back.
ATTEMPTS = 3
# To drop the half-made database, which waits 5 s for its sessions, and to bring web and task back.
GRACE_SECONDS = 120
ANNOTATION = "forail-platform.io/restore"


@dataclass(frozen=True, kw_only=True)
class RestoreArgs:
    """Which backup, and what is done to it."""

    settings: RestoreSettings
    """`restore`."""
    init: InitArgs
    """What the init Job applies: the same steps run on the restored database, before anything else sees it."""
    claim: SharedClaim
    """Where backups are."""
    copies: Copies | None
    """What reaches the copies outside the cluster; without them the claim must hold the backup."""
    task_grace_seconds: int
    """How long a task pod may take to end."""


class Restore(pulumi.ComponentResource):
    """One restore of a backup.

    Creates: its id, which lives as long as `restore` is unchanged in the stack file, QuiesceAccess, configuration, and
    the Job `forail-restore-<hash>`. The Job runs again when something that it applies has changed, and then finds that
    this id was restored and changes nothing.
    """

    job: pulumi.Resource
    """Complete once the platform's database is the restored one."""
    applied: pulumi.Output[str]
    """Changes with another restore."""
    annotations: Mapping[str, str]
    """For the objects of web and task: another restore applies them again, whatever became of their replicas."""

    def __init__(self, name: str, args: RestoreArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("forail:application:Restore", name, None, opts)
        child, scope = pulumi.ResourceOptions(parent=self), args.init.backend.scope
        keepers = {"from": args.settings.source, "confirm": args.settings.confirm}
        # Taken out of the stack file and put back, it is another restore; a hash of the two could not tell.
        identity = RandomId(name, byte_length=4, keepers=keepers, opts=child).hex
        files = FileSet(name, FILES, scope, "restore", parent=self, executable=True)
        access = QuiesceAccessArgs(scope=scope, object_name=NAME)
        made = HashedJob(
            name,
            HashedJobArgs(
                scope=scope,
                object_name=NAME,
                pod=Pod(
                    component="restore",
                    init_containers=(*self._taken_over(name, args), *_fetch(args)),
                    containers=(self._container(args, identity, files),),
                    options=pod_options(args.init.settings),
                    service_account=QuiesceAccess(name, access, child).service_account,
                    same_node=same_node(args.claim),
                    grace_seconds=GRACE_SECONDS,
                    restart_policy="Never",
                ),
                retries=ATTEMPTS,
                deadline_seconds=quiesce_seconds(args.task_grace_seconds)
                + backups.DEADLINE_SECONDS
                + init.DEADLINE_SECONDS,
                # Two at once would drop each other's database.
                exclusive=True,
                # What the script refused in order, it would refuse again; pods that are lost or killed are replaced.
                final_exit_code=1,
            ),
            child,
        )
        self.job, self.applied = made.job, identity
        # Not the id, which a preview does not know yet.
        self.annotations = {ANNOTATION: args.settings.source}
        self.register_outputs({"job": made.job.metadata.name})

    def _taken_over(self, name: str, args: RestoreArgs) -> tuple[Container, ...]:
        """In the first `up` with `adopt`, the server has not yet the superuser that the restore signs in as."""
        backend = args.init.backend
        if backend.database.origin is Origin.STACK:
            return ()
        return database_steps(name, backend, args.init.postgres_image, self)

    def _container(self, args: RestoreArgs, identity: pulumi.Output[str], files: FileSet) -> Container:
        backend = args.init.backend
        superuser = backend.database.superuser_password
        own = (
            *texts(
                FORAIL_RESTORE_ID=identity,
                FORAIL_RESTORE_FROM=args.settings.source,
                FORAIL_RESTORE_IMAGE=backend.image.reference,
                FORAIL_RESTORE_KEY_HOLDER=backend.credentials.ref(SecretName.SECRET_KEY).name,
                FORAIL_RESTORE_ATTEMPTS=str(ATTEMPTS),
                FORAIL_RESTORE_QUIESCE_SECONDS=str(quiesce_seconds(args.task_grace_seconds)),
                FORAIL_RESTORE_SUPERUSER=SUPERUSER if superuser is not None else None,
            ),
            *(() if superuser is None else (Env("FORAIL_RESTORE_SUPERUSER_PASSWORD", secret=superuser),)),
            Env("FORAIL_RESTORE_JOB", field="metadata.labels['job-name']"),
            *bootstrap_env(args.init),
        )
        return Container(
            name="restore",
            image=backend.image,
            command=("bash", f"{FOLDER}/job.sh"),
            # Only the scripts read what former epochs left.
            env=joined(backend.env_with(own), backend.former_keys, former_passwords(backend.database)),
            mounts=(*backend.mounts, *files.mounts, args.claim.mount),
        )


def _fetch(args: RestoreArgs) -> tuple[Container, ...]:
    """Brings the backup into the claim, unless that holds it."""
    if args.copies is None:
        return ()
    newest = args.settings.source == NEWEST
    return (args.copies.fetch(NEWEST if newest else f"{args.settings.source}.sql.gz", args.claim.mount),)
