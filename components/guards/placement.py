"""Where the platform is and where its data is: namespaces, database, claims; and the password that the data keeps."""

from __future__ import annotations

from collections.abc import Iterator

from ..record import Refusal
from ..schema.values import quantity
from ..settings.upgrade import GuardName
from .declaration import DeclaredClaim
from .protocol import Step, refusal
from .versions import major_change

_WHAT_GOES = {
    "namespace": "the whole platform with its claims, database and backups",
    "operator.namespace": "the operator with all content of its namespace, in Forail too",
}


def namespace(step: Step) -> Iterator[Refusal]:
    """Another name of a namespace: it is replaced, and everything in it goes with the old one."""
    for key, old in sorted(step.old.namespaces.items()):
        new = step.new.namespaces.get(key, old)
        if new != old:
            yield refusal(
                GuardName.NAMESPACE,
                f"{old} -> {new}",
                f"{key}.name changes from {old} to {new}: a namespace cannot be renamed, so {_WHAT_GOES[key]} would be "
                "deleted and made anew, empty. Keep the name; to move, bring up a second stack under the new name and "
                'restore a backup there (docs/operations.md, "Restore").',
            )


def database(step: Step) -> Iterator[Refusal]:
    """Another database: nothing is copied to it."""
    old, new = step.old.database, step.new.database
    if old is not None and new is not None and new != old:
        yield refusal(
            GuardName.DATABASE,
            f"{old} -> {new}",
            f"postgres changes from {old} to {new}, and nothing is copied: the platform would start on what is there, "
            "and on an empty database as if it were new. Move the data by a backup (docs/operations.md, "
            '"Postgres elsewhere").',
        )


def rotation(step: Step) -> Iterator[Refusal]:
    """A lower epoch: the newer value, which the data has, would be deleted."""
    for secret, old in sorted(step.old.epochs.items()):
        new = step.new.epochs.get(secret, old)
        if new < old:
            yield refusal(
                GuardName.ROTATION,
                f"{secret} {old} -> {new}",
                f"rotation.{secret} goes back from {old} to {new}: the server has the password of epoch {old}, which "
                f"would be deleted, and the init Job could not sign in. Keep {old}, or for a new password raise it to "
                f"{old + 1}.",
            )


def claim(step: Step) -> Iterator[Refusal]:
    """A claim that shrinks, which the API server refuses, or that another takes the place of."""
    for section, old in sorted(step.old.claims.items()):
        new = step.new.claims.get(section)
        if new is None:
            # The database moved: another guard says so.
            continue
        path = f"{section}.storage"
        if old.used != new.used or old.existing != new.existing:
            # With another major version another claim is right, and that guard says the rest.
            if section != "postgres" or major_change(step) is None:
                yield _other(path, old, new)
        elif old.existing is None:
            yield from _changed(path, old, new)


def _other(path: str, old: DeclaredClaim, new: DeclaredClaim) -> Refusal:
    goes = f" {old.name} would be deleted unless data is protected." if old.let_go_by(new) else ""
    return refusal(
        GuardName.CLAIM,
        f"{path} {old.used} -> {new.used}",
        f"{path} changes from claim {old.used} to {new.used}, and nothing is copied: pods would find what is in "
        f"{new.used}.{goes} Copy the data there first; for the database that is a backup, restored after the change "
        '(docs/operations.md, "Restore"), and postgres.keptClaims keeps the old claim.',
    )


def _changed(path: str, old: DeclaredClaim, new: DeclaredClaim) -> Iterator[Refusal]:
    if quantity(new.size) < quantity(old.size):
        yield refusal(
            GuardName.CLAIM,
            f"{path} {old.size} -> {new.size}",
            f"{path}.size shrinks claim {old.name} from {old.size} to {new.size}, which the API server refuses: up "
            f"would fail half-way. Keep {old.size}, or name a smaller claim as {path}.existingClaim.",
        )
    for key, before, after in (
        ("storageClass", old.storage_class or "the default", new.storage_class or "the default"),
        ("accessMode", old.access_mode, new.access_mode),
    ):
        if before != after:
            yield refusal(
                GuardName.CLAIM,
                f"{path} {before} -> {after}",
                f"{path}.{key} changes from {before} to {after}, which no claim can: {old.name} would be deleted with "
                f"what it holds and made anew, empty (it is protected unless destroyData is true). Make a claim "
                f"with {after} yourself, copy the data, and name it as {path}.existingClaim.",
            )
