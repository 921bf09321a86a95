"""`upgrade`: which changes are meant although they cost something, and the backup before a new version."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from ..schema.section import Section
from ..schema.words import Matching


class GuardName(StrEnum):
    """What is compared with the last `up`; a change that `upgrade.allow` names begins with it."""

    BACKEND = "backend"
    RELEASE = "release"
    POSTGRES = "postgres"
    DATABASE = "database"
    SECRET_KEY = "secretKey"
    ROTATION = "rotation"
    CLAIM = "claim"
    NAMESPACE = "namespace"
    EXECUTION = "execution"
    OPERATOR = "operator"
    ORGANIZATION = "organization"


class UpgradeBackup(StrEnum):
    """Whether the database is dumped before another backend migrates it."""

    ALWAYS = "always"
    NEVER = "never"


Change = Annotated[
    str,
    Matching(
        "a change as preview or up names it, such as 'postgres 15 -> 17': it begins with one of "
        f"{', '.join(GuardName)}",
        rf"({'|'.join(GuardName)}) [^\x00-\x1f\x7f]+",
    ),
]


class UpgradeSettings(Section):
    """`upgrade`: what an `up` may change, and the backup before it."""

    allow: tuple[Change, ...] = ()
    """Changes that preview and `up` would refuse and that are meant, as the refusal names them. Each allows that one
    change, from its old value to its new one, so one that is left behind allows nothing else."""
    backup: UpgradeBackup | None = None
    """Whether a Job dumps the database before another backend version migrates it, and the init Job waits until it has
    succeeded. Left out: `always` where data is protected (`destroyData: false`), else `never`."""
