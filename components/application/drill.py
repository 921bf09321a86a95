"""A restore on trial: the newest dump, into a server that lives as long as the pod."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pulumi
from pulumi_kubernetes.core.v1 import ConfigMap
from pulumi_kubernetes.rbac.v1 import PolicyRuleArgs

from ..data.claims import BACKUPS_PATH, SharedClaim, same_node
from ..data.postgres import LOCKS, PORT, SECURITY
from ..from_settings import pod_options
from ..kube.account import Named, bound_account
from ..kube.container import Container, ImageRef, ResourceAmounts
from ..kube.environment import Env, joined, texts
from ..kube.files import File, FileSet
from ..kube.job import STARTING_DEADLINE_SECONDS, Concurrency, ScheduledJob, ScheduledJobArgs
from ..kube.metadata import Scope
from ..kube.mounts import Mount, ScratchMount
from ..kube.pod import Pod
from ..schema.cron import gaps
from ..settings.backups import BackupsSettings
from ..settings.drill import DrillSettings
from ..settings.postgres import SUPERUSER
from .backend import Backend
from .copies import NEWEST, Copies

NAME = "forail-backup-drill"
COMPONENT = "backup-drill"
SERVER_DIRECTORY = "/run/forail-drill"
FILES = (
    File("backup/drill.sh", "/usr/local/bin/drill.sh"),
    File("backup/drill_report.py", "/etc/forail/backup/drill_report.py"),
    File("backup/pending.py", "/etc/forail/backup/pending.py"),
    File("postgres/database.sh", "/usr/local/bin/database.sh"),
)
SERVER_FILES = (File("backup/throwaway.sh", "/usr/local/bin/throwaway.sh"),)
OUTCOME = "/usr/local/bin/outcome.sh"
FETCH_FILES = (File("backup/outcome.sh", OUTCOME),)
FETCHED = f"{BACKUPS_PATH}/.fetched"
# The newest dump is too old when two runs have made none: one failed night is for the CronJob to tell.
_DUMPS = 2


@dataclass(frozen=True, kw_only=True)
class DrillArgs:
    """What is tried, how often and on which server."""

    backend: Backend
    """Image, credentials and settings; of its connections only the names of role and database are used."""
    settings: DrillSettings
    """`backups.drill`."""
    backups: BackupsSettings
    """`backups`: where the pods run, and how old the newest dump may be."""
    deadline_seconds: int
    """Seconds that a dump may take."""
    claim: SharedClaim
    """Where dumps are where there are no copies; mounted read-only."""
    copies: Copies | None
    """Where the newest dump is taken from instead."""
    load: FileSet
    """load.sh and the questions that it asks the application."""
    postgres_image: ImageRef
    """Image of the throw-away server."""


class Drill(pulumi.ComponentResource):
    """Restores the newest dump on a schedule, where it can do no harm, and reports what it found.

    Creates: ConfigMaps with the scripts, ConfigMap `forail-backup-drill` for the report, ServiceAccount, Role and
    RoleBinding `forail-backup-drill`, CronJob `forail-backup-drill`.
    Leaves the report's content to the pods: of the ConfigMap only the first one is the stack's.
    """

    def __init__(self, name: str, args: DrillArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("forail:application:Drill", name, None, opts)
        scope, child = args.backend.scope, pulumi.ResourceOptions(parent=self)
        ConfigMap(
            f"{name}-report",
            metadata=scope.meta(COMPONENT, NAME),
            data={"result": "never ran", "reason": "no drill has ended since backups.drill is on"},
            opts=pulumi.ResourceOptions(parent=self, ignore_changes=["data"]),
        )
        ScheduledJob(
            name,
            ScheduledJobArgs(
                scope=scope,
                object_name=NAME,
                pod=self._pod(name, args, self._account(name, scope)),
                schedule=args.settings.schedule,
                # A node that is drained under it takes one; a bad dump fails the second time too.
                retries=1,
                deadline_seconds=args.settings.deadline_seconds,
                # A run that cannot end must not be in the way of all that follow.
                concurrency=Concurrency.REPLACE,
            ),
            child,
        )
        self.register_outputs({})

    def _account(self, name: str, scope: Scope) -> pulumi.Output[str]:
        """The account that may write the report and nothing else, once it is bound."""
        rule = PolicyRuleArgs(api_groups=[""], resources=["configmaps"], resource_names=[NAME], verbs=["patch"])
        return bound_account(Named(name, scope.meta(COMPONENT, NAME)), [rule], self)

    def _pod(self, name: str, args: DrillArgs, account: pulumi.Output[str]) -> Pod:
        # In memory: the passwords of a server that holds all of the platform's data.
        shared = ScratchMount("server", SERVER_DIRECTORY, in_memory=True)
        files = FileSet(name, FILES, args.backend.scope, COMPONENT, parent=self, executable=True)
        amounts: ResourceAmounts = args.settings.resources.model_dump(exclude_none=True)
        fetch, dumps = self._fetch(name, args)
        fetched = texts(DRILL_FETCHED=FETCHED if fetch else None)
        container = Container(
            name="drill",
            image=args.backend.image,
            command=("/usr/local/bin/drill.sh",),
            # As a restore, it takes a dump that was made under a former key.
            env=joined(
                args.backend.env_apart, args.backend.former_keys, self._connections(args), self._limits(args), fetched
            ),
            mounts=(*files.mounts, *args.load.mounts, *args.backend.mounts_apart, dumps, shared),
        )
        return Pod(
            component=COMPONENT,
            containers=(container, *fetch),
            sidecars=(self._server(name, args, amounts, shared),),
            options=replace(pod_options(args.backups), resources=amounts),
            service_account=account,
            same_node=None if fetch else same_node(args.claim),
            restart_policy="Never",
        )

    def _fetch(self, name: str, args: DrillArgs) -> tuple[tuple[Container, ...], Mount]:
        """What brings the newest dump from the store, and where dumps are; without copies nobody and the claim.

        It runs beside the drill, which could not report what an init container failed on.
        """
        if args.copies is None:
            return (), replace(args.claim.mount, read_only=True)
        dumps = ScratchMount("dumps", BACKUPS_PATH, size=args.settings.size)
        files = FileSet(f"{name}-fetch", FETCH_FILES, args.backend.scope, COMPONENT, parent=self, executable=True)
        fetch = args.copies.fetch(NEWEST, dumps)
        command = (OUTCOME, FETCHED, *fetch.command)
        return (replace(fetch, command=command, mounts=(*files.mounts, *fetch.mounts)),), dumps

    def _server(self, name: str, args: DrillArgs, amounts: ResourceAmounts, shared: ScratchMount) -> Container:
        files = FileSet(f"{name}-server", SERVER_FILES, args.backend.scope, COMPONENT, parent=self, executable=True)
        # The scheduler then chooses a node that has the space.
        requests = {**amounts["requests"], "ephemeral-storage": args.settings.size}
        return Container(
            name="postgres",
            image=args.postgres_image,
            command=("/usr/local/bin/throwaway.sh", "-c", LOCKS),
            env=texts(
                POSTGRES_USER=SUPERUSER, PGDATA="/var/lib/postgresql/data/pgdata", THROWAWAY_DIR=SERVER_DIRECTORY
            ),
            mounts=(
                *files.mounts,
                ScratchMount("data", "/var/lib/postgresql/data", size=args.settings.size),
                ScratchMount("shared-memory", "/dev/shm", in_memory=True),
                shared,
            ),
            resources={**amounts, "requests": requests},
            security=SECURITY,
        )

    def _connections(self, args: DrillArgs) -> tuple[Env, ...]:
        """The throw-away server under the platform's names, and no Redis at all; drill.sh makes the passwords."""
        return texts(
            DATABASE_HOST="127.0.0.1",
            DATABASE_PORT=str(PORT),
            DATABASE_NAME=args.backend.database.database,
            DATABASE_USER=args.backend.database.user,
            DRILL_SERVER_USER=SUPERUSER,
            DRILL_SERVER_DIR=SERVER_DIRECTORY,
            # Nobody answers there, and the application does without.
            REDIS_HOST="127.0.0.1",
            REDIS_PORT="1",
        )

    def _limits(self, args: DrillArgs) -> tuple[Env, ...]:
        settings, backups = args.settings, args.backups
        return texts(
            DRILL_REPORT=NAME,
            DRILL_DEADLINE_SECONDS=str(settings.deadline_seconds),
            DRILL_VALID_SECONDS=str(valid_seconds(settings)),
            DRILL_DUMP_AGE_SECONDS=None if backups.suspended else str(late_seconds(backups, args.deadline_seconds)),
        )


def valid_seconds(drill: DrillSettings) -> int:
    """How long a drill's verdict counts: until the next one must have ended."""
    return gaps(drill.schedule).longest + STARTING_DEADLINE_SECONDS + drill.deadline_seconds


def late_seconds(backups: BackupsSettings, deadline_seconds: int) -> int:
    """The age at which the newest dump is too old, where a Job that makes one may take `deadline_seconds`."""
    return _DUMPS * gaps(backups.schedule).longest + STARTING_DEADLINE_SECONDS + deadline_seconds
