"""The init Job: database role, migrations, and everything the platform must have registered before it starts."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pulumi

from ..from_settings import pod_options
from ..kube.container import Container, ImageRef
from ..kube.environment import Env, SecretRef, texts
from ..kube.files import File, FileSet
from ..kube.job import HashedJob, HashedJobArgs
from ..kube.pod import Pod
from ..settings.forail import Admin, PasswordPolicy
from ..settings.init import InitSettings
from ..settings.secrets import SecretName
from ..settings.task import Execution, Nodes
from ..settings.tokens import Token
from . import secret_key_change
from .backend import SINGLE_NODE, Backend
from .database_steps import database_steps
from .secret_key_change import SecretKeyChange

NAME = "forail-init"
FOLDER = "/etc/forail/init"
STEPS = tuple(f"init/{file}" for file in ("step.sh", "migrations.py", "migrate.sh", "bootstrap.sh", "bootstrap.py"))
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
    tokens: tuple[Token, ...]
    """`forail.tokens`."""
    token_values: SecretRef | None
    """Their values as JSON; None without any."""
    execution: Execution
    """The node's type."""
    settings: InitSettings
    """`init`."""
    after: tuple[pulumi.Resource, ...] = ()
    """What must be complete before the database is migrated."""
    secret_key: SecretKeyChange | None = None
    """A new epoch of the encryption key."""


class Init(pulumi.ComponentResource):
    """The init Job `forail-init-<hash>`.

    Creates: configuration, Job.
    """

    job: pulumi.Resource
    """Complete once everything is applied."""

    def __init__(self, name: str, args: InitArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("forail:application:Init", name, None, opts)
        files = tuple(File(source, f"/etc/forail/{source}") for source in STEPS)
        scripts = FileSet(name, files, args.backend.scope, "init", parent=self, executable=True)
        key = args.secret_key
        # Forail's own command reads the tables as this version has them.
        steps = (
            *database_steps(name, args.backend, args.postgres_image, self),
            self._migrate(args, scripts),
            *(() if key is None else (key.step,)),
        )
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
                    service_account=key and key.service_account,
                    same_node=key and key.same_node,
                    grace_seconds=key and secret_key_change.GRACE_SECONDS,
                    restart_policy="Never",
                ),
                retries=RETRIES,
                deadline_seconds=DEADLINE_SECONDS + (0 if key is None else key.seconds),
                # Two migrations at once break each other.
                exclusive=True,
                # A restored database has been migrated already, and the old one need not be.
                after=args.after,
            ),
            pulumi.ResourceOptions(parent=self),
        )
        self.job = made.job
        self.register_outputs({"job": made.job.metadata.name})

    def _migrate(self, args: InitArgs, scripts: FileSet) -> Container:
        return self._step("migrate", args.backend.env_with(()), args, scripts)

    def _bootstrap(self, args: InitArgs, scripts: FileSet) -> Container:
        return self._step("bootstrap", args.backend.env_with(bootstrap_env(args)), args, scripts)

    def _step(self, name: str, env: tuple[Env, ...], args: InitArgs, scripts: FileSet) -> Container:
        return Container(
            name=name,
            image=args.backend.image,
            command=("bash", f"{FOLDER}/{name}.sh"),
            env=env,
            mounts=(*args.backend.mounts, *scripts.mounts),
        )


def bootstrap_env(args: InitArgs) -> tuple[Env, ...]:
    """What bootstrap.py brings the platform to, beside what every pod with the application has."""
    secrets = args.backend.credentials
    # What bootstrap.py does without being told is left out, so that it takes no run of the Job.
    enforced = args.admin.password_policy is PasswordPolicy.ENFORCE
    return (
        *texts(
            FORAIL_ADMIN_USER=args.admin.user,
            FORAIL_ADMIN_EMAIL=args.admin.email,
            FORAIL_ADMIN_PASSWORD_POLICY=None if enforced else args.admin.password_policy.value,
            # Without a name only the groups are registered: each task pod registers itself.
            FORAIL_NODE_NAME=SINGLE_NODE if args.backend.nodes is Nodes.ONE else "",
            FORAIL_SINGLE_NODE_NAME=SINGLE_NODE,
            FORAIL_NODE_TYPE=args.execution.value,
            FORAIL_PRELOAD_DATA="true" if args.settings.preload_data else "false",
        ),
        Env("FORAIL_ADMIN_PASSWORD", secret=secrets.ref(SecretName.ADMIN_PASSWORD)),
        Env("FORAIL_PAT", secret=secrets.ref(SecretName.PERSONAL_ACCESS_TOKEN)),
        *_tokens(args),
        *_monitoring_token(args),
        *texts(FORAIL_JOB_POD=args.backend.outbound.job_pod),
    )


def _tokens(args: InitArgs) -> tuple[Env, ...]:
    if args.token_values is None:
        return ()
    declared = [{"name": token.name, "user": token.user, "scope": token.scope.value} for token in args.tokens]
    return (
        Env("FORAIL_TOKENS", json.dumps(declared)),
        Env("FORAIL_TOKEN_VALUES", secret=args.token_values),
    )


def _monitoring_token(args: InitArgs) -> tuple[Env, ...]:
    token = args.backend.credentials.optional_ref(SecretName.MONITORING_TOKEN)
    return () if token is None else (Env("FORAIL_MONITORING_TOKEN", secret=token),)
