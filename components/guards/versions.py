"""Versions that go backwards, or too far at once: the backend and the in-cluster Postgres."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..record import Refusal
from ..settings.images import ImageName
from ..settings.upgrade import GuardName
from .protocol import Step, refusal


def number(version: str) -> tuple[int, ...] | None:
    """The numbers of a tag such as `v2026.07.1-fix2`, without its suffix; None of a digest and the like."""
    match = re.match(r"v?([0-9]+(?:\.[0-9]+)*)(?:[^0-9.].*)?$", version)
    return tuple(int(part) for part in match[1].split(".")) if match is not None and ":" not in version else None


def backend(step: Step) -> Iterator[Refusal]:
    """The backend goes backwards, and its migrations do not. Digests have no order: there the init Job finds it."""
    old, new = step.old.versions.get(ImageName.BACKEND), step.new.versions.get(ImageName.BACKEND)
    if old is None or new is None:
        return
    before, after = number(old), number(new)
    if before is not None and after is not None and after < before:
        yield refusal(
            GuardName.BACKEND,
            f"{old} -> {new}",
            f"images.backend goes back from {old} to {new}, and migrations do not: on the database as {old} left it "
            f"the init Job would fail, and web and task would not change. Keep {old}, or restore the backup from "
            f'before the upgrade (docs/operations.md, "Upgrade"). Where the up to {old} failed before it migrated '
            "anything, going back is right: the init Job looks at the database itself.",
        )


def postgres(step: Step) -> Iterator[Refusal]:
    """Another major version of the in-cluster server, which does not read the data directory of the old one.

    An image that does not tell its version, such as a digest, might be one, and nothing else would see it.
    """
    old, new = step.old.versions.get(ImageName.POSTGRES), step.new.versions.get(ImageName.POSTGRES)
    if old is None or new is None or old == new:
        return
    before, after = number(old), number(new)
    if before is None or after is None:
        yield refusal(
            GuardName.POSTGRES,
            f"{old} -> {new}",
            f"images.postgres changes from {old} to {new}, and whether that is another major version cannot be seen. "
            "If it is, forail-postgres would not start on the data of the old one. Compare `postgres --version` of "
            "both images.",
        )
    elif after[0] != before[0]:
        yield refusal(
            GuardName.POSTGRES,
            f"{before[0]} -> {after[0]}",
            f"images.postgres goes from PostgreSQL {before[0]} to {after[0]}, which does not read the data directory "
            f"of another major version: forail-postgres would not start, and the platform would be down until {old} "
            "is back. Dump the database, give postgres.storage.existingClaim a new, empty claim, and restore the dump "
            '(docs/operations.md, "Backup" and "Restore").',
        )
