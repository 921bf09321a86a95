"""Versions that go backwards, or too far at once: the backend and the in-cluster Postgres."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..record import Refusal
from ..settings.images import ImageName
from ..settings.postgres import CLAIM
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


def major_change(step: Step) -> tuple[int, int] | None:
    """The major versions of the in-cluster server, where they are known and differ."""
    old, new = (number(one.versions.get(ImageName.POSTGRES, "")) for one in (step.old, step.new))
    return (old[0], new[0]) if old and new and old[0] != new[0] else None


def postgres(step: Step) -> Iterator[Refusal]:
    """Another major version of the in-cluster server, which does not read the data directory of the old one.

    An image that does not tell its version, such as a digest, might be one, and nothing else would see it.
    """
    old, new = step.old.versions.get(ImageName.POSTGRES), step.new.versions.get(ImageName.POSTGRES)
    if old is None or new is None or old == new:
        return
    majors = major_change(step)
    if majors is not None:
        before, after = majors
        yield refusal(
            GuardName.POSTGRES,
            f"{before} -> {after}",
            f"images.postgres goes from PostgreSQL {before} to {after}, which does not read the data directory of "
            f"another major version: {_data_of(step, old, after)} The steps, with a way back: docs/operations.md, "
            '"Another major version of PostgreSQL".',
        )
    elif number(old) is None or number(new) is None:
        yield refusal(
            GuardName.POSTGRES,
            f"{old} -> {new}",
            f"images.postgres changes from {old} to {new}, and whether that is another major version cannot be seen. "
            "If it is, forail-postgres would not start on the data of the old one. Compare `postgres --version` of "
            "both images.",
        )


def _data_of(step: Step, old_image: str, major: int) -> str:
    """What the new server would find, and what is missing for the data to get there and back."""
    old, new = (one.claims.get("postgres") for one in (step.old, step.new))
    if old is None or new is None or old.used == new.used:
        return (
            f"forail-postgres would not start, and the platform would be down until {old_image} is back. Give it a "
            f"claim of its own, postgres.claimName: {CLAIM}-{major}, keep the old one by postgres.keptClaims, and "
            "restore the last backup in the same up."
        )
    if new.used in old.kept:
        return f"it goes back to claim {new.used}, and what was written since that was left is not there."
    lost = f" Add {old.name} to postgres.keptClaims: without it there is no way back." if old.let_go_by(new) else ""
    return (
        f"it starts empty on claim {new.used}, and its data comes from a backup: what was written after that is lost. "
        f"Take web and task away before the last one, and have `restore` in the same up.{lost}"
    )
