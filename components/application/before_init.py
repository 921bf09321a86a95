"""What happens to the database before init: a restore, another encryption key, a dump before an upgrade."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from ..data.claims import SharedClaim
from ..settings.application import ApplicationSections
from .backend import Backend
from .backup_before_upgrade import BackupBeforeUpgrade, BackupBeforeUpgradeArgs
from .backups import Backups
from .init import InitArgs
from .restore import Restore, RestoreArgs
from .secret_key_change import SecretKeyChange, SecretKeyChangeArgs


@dataclass(frozen=True, kw_only=True)
class BeforeInitArgs:
    """The database, and what is asked for."""

    backend: Backend
    """Image, connections, credentials, settings."""
    init: InitArgs
    """The init Job's steps, which a restore takes on a copy first."""
    backups: Backups
    """Where dumps are made."""
    claim: SharedClaim
    """The dumps."""
    sections: ApplicationSections
    """`restore`, `backups`, `task`."""
    backup_before_upgrade: bool
    """Whether the database is dumped before another backend version migrates it."""


@dataclass(frozen=True, kw_only=True)
class BeforeInit:
    """What was declared."""

    after: tuple[pulumi.Resource, ...]
    """Jobs that must have succeeded before init."""
    secret_key: SecretKeyChange | None
    """The change of the encryption key, which init waits for; None where the key was never rotated."""
    annotations: Mapping[str, str]
    """Of web and task, which a restore takes away and brings back; empty without one."""
    applied: tuple[pulumi.Output[str], ...]
    """Changes with a restore; empty without one."""


def before_init(name: str, args: BeforeInitArgs, opts: pulumi.ResourceOptions) -> BeforeInit:
    """Declares the Jobs that this stack asks for."""
    restore, key = _restore(name, args, opts), _secret_key_change(name, args, opts)
    restored = () if restore is None else (restore.job,)
    dump = _backup_before_upgrade(name, args, restored, opts) if args.backup_before_upgrade else None
    return BeforeInit(
        after=restored if dump is None else (*restored, dump.job),
        secret_key=key,
        annotations={} if restore is None else restore.annotations,
        applied=() if restore is None else (restore.applied,),
    )


def _restore(name: str, args: BeforeInitArgs, opts: pulumi.ResourceOptions) -> Restore | None:
    if args.sections.restore is None:
        return None
    return Restore(
        f"{name}-restore",
        RestoreArgs(
            settings=args.sections.restore,
            init=args.init,
            claim=args.claim,
            copies=args.backups.copies,
            task_grace_seconds=args.sections.task.termination_grace_period_seconds,
        ),
        opts,
    )


def _secret_key_change(name: str, args: BeforeInitArgs, opts: pulumi.ResourceOptions) -> SecretKeyChange | None:
    if not args.backend.former_keys:
        return None
    return SecretKeyChange(
        f"{name}-secret-key-change",
        SecretKeyChangeArgs(
            backend=args.backend,
            backups=args.backups,
            claim=args.claim,
            task_grace_seconds=args.sections.task.termination_grace_period_seconds,
        ),
        opts,
    )


def _backup_before_upgrade(
    name: str, args: BeforeInitArgs, after: tuple[pulumi.Resource, ...], opts: pulumi.ResourceOptions
) -> BackupBeforeUpgrade:
    return BackupBeforeUpgrade(
        f"{name}-before-upgrade",
        BackupBeforeUpgradeArgs(
            backend=args.backend,
            postgres_image=args.init.postgres_image,
            settings=args.sections.backups,
            backups=args.backups,
            claim=args.claim,
            after=after,
        ),
        opts,
    )
