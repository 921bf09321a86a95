"""A dump before another backend version migrates the database: migrations do not run backwards."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pulumi

from ..data.claims import SharedClaim, same_node
from ..from_settings import pod_options
from ..kube.container import Container, ImageRef
from ..kube.files import File, FileSet
from ..kube.job import HashedJob, HashedJobArgs
from ..kube.pod import Pod
from ..settings.backups import BackupsSettings
from .backend import Backend
from .backups import DEADLINE_SECONDS, Backups
from .database_steps import database_steps

NAME = "forail-backup-before"
SCRIPT = File("backup/before-upgrade.sh", "/usr/local/bin/before-upgrade.sh")
# The nightly dump may be under way, which holds the lock: six tries are spread over ten minutes.
RETRIES = 6
# A Job's name has at most 63 characters, of which the hash takes nine.
_LONGEST = 32


@dataclass(frozen=True, kw_only=True)
class BackupBeforeUpgradeArgs:
    """What is dumped, and for which version."""

    backend: Backend
    """Image, connections, credentials."""
    postgres_image: ImageRef
    """Image with psql, for the platform's role in the in-cluster server."""
    settings: BackupsSettings
    """`backups`."""
    backups: Backups
    """The scripts and what they read."""
    claim: SharedClaim
    """Where dumps go."""
    after: tuple[pulumi.Resource, ...] = ()
    """What must be complete before it: a restore of the newest dump must not find this one, of the data it replaces."""


class BackupBeforeUpgrade(pulumi.ComponentResource):
    """The Job `forail-backup-before-<version>-<hash>`: for another version, and when what it runs has changed.

    It succeeds on a database without Forail's schema, which has nothing to lose. A rotated password is set in the
    server first: the init Job, which does so too, comes later.
    Creates: configuration, Job.
    """

    job: pulumi.Resource
    """Complete once the dump is written and has been read back."""

    def __init__(self, name: str, args: BackupBeforeUpgradeArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("forail:application:BackupBeforeUpgrade", name, None, opts)
        scope = args.backend.scope
        files = FileSet(name, (SCRIPT,), scope, "backup", parent=self, executable=True)
        env, mounts = args.backups.reads
        container = Container(
            name="backup",
            image=args.backend.image,
            command=(SCRIPT.path,),
            env=env,
            mounts=(*args.backups.files.mounts, *files.mounts, *mounts, args.claim.mount),
        )
        made = HashedJob(
            name,
            HashedJobArgs(
                scope=scope,
                object_name=f"{NAME}-{version_in_name(args.backend.image.version)}",
                pod=Pod(
                    component="backup",
                    init_containers=database_steps(name, args.backend, args.postgres_image, self),
                    containers=(container,),
                    options=pod_options(args.settings),
                    same_node=same_node(args.claim),
                    restart_policy="Never",
                ),
                retries=RETRIES,
                deadline_seconds=DEADLINE_SECONDS,
                after=args.after,
            ),
            pulumi.ResourceOptions(parent=self),
        )
        self.job = made.job
        self.register_outputs({"job": made.job.metadata.name})


def version_in_name(version: str) -> str:
    """A tag, or the beginning of a digest, as part of an object's name."""
    plain = re.sub(r"[^a-z0-9]+", "-", version.removeprefix("sha256:").lower())
    return plain[:_LONGEST].strip("-") or "unnamed"
