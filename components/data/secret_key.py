"""The encryption key must stay what it is: the database was written with it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from enum import StrEnum

import pulumi

from ..record import Facts, Refusal
from ..settings.secrets import ExistingSecret
from ..settings.upgrade import GuardName

RECORD = "secret-key-kept"
"""End of the record's name."""


class _Source(StrEnum):
    """Where the key comes from."""

    GENERATED = "generated"
    GIVEN = "given"
    SECRET = "secret"


def held(value: pulumi.Output[str], *, epoch: int | None) -> Facts:
    """What is recorded of a key that the program sees: where it comes from, and 32 bits that another would not have.

    `epoch` is that of a generated key; None for one that was given.
    """
    # No key can be found from them, and a refusal shows them.
    mark = pulumi.Output.unsecret(value.apply(fingerprint))
    if epoch is None:
        return {"source": _Source.GIVEN.value, "mark": mark}
    return {"source": _Source.GENERATED.value, "mark": mark, "epoch": str(epoch)}


def kept(place: str, value: pulumi.Output[str] | None = None) -> Facts:
    """What is recorded of a key that others keep: where, and what tells another value where the program reads it."""
    if value is None:
        return {"source": place}
    return {"source": place, "mark": pulumi.Output.unsecret(value.apply(fingerprint))}


def in_secret(existing: ExistingSecret) -> str:
    """The place of a key in an existing Secret."""
    return f"{_Source.SECRET} {existing.secret_name}/{existing.key}"


def fingerprint(value: str) -> str:
    """Eight hex digits that tell keys apart."""
    return hashlib.sha256(f"forail-platform.io/secret-key\0{value}".encode()).hexdigest()[:8]


def check(old: Facts, new: Facts) -> Iterator[Refusal]:
    """Another key, or one that may be another. From one place that can be read to another the same key may move."""
    before, after = old.get("mark"), new.get("mark")
    if old == new or (before is not None and before == after):
        return
    if old.get("source") == new.get("source") == _Source.GENERATED and _epoch(new) > _epoch(old):
        # rotation.forailSecretKey: the init Job stores everything under the new key.
        return
    if _in_one_place(old, new) and (before is None or not isinstance(after, str)):
        # A Secret of others that is read from now on, or no longer, or that a preview cannot read yet.
        return
    # Of a key that is yet to be generated a preview knows no more than that it is another.
    target = str(new.get("source")) if new.get("source") == _Source.GENERATED else _named(new)
    change = f"{_named(old)} -> {target}"
    yield Refusal(
        f"{GuardName.SECRET_KEY} {change}",
        f"forailSecretKey changes ({change}): what the database stores is encrypted with the old key, and so are its "
        "backups. With another one every stored credential is unreadable. Keep the key: pulumi config set --secret "
        "forailSecretKey with the old value, or a Secret that holds it; rotation.forailSecretKey makes a new key and "
        "re-encrypts. Where the new place holds the same key, the change is right.",
    )


def _in_one_place(old: Facts, new: Facts) -> bool:
    """Whether others keep both, at the same place."""
    return old.get("source") == new.get("source") not in (_Source.GENERATED, _Source.GIVEN)


def _epoch(facts: Facts) -> int:
    return int(facts.get("epoch", 1))


def _named(facts: Facts) -> str:
    mark = facts.get("mark")
    return f"{facts.get('source')} {mark}" if isinstance(mark, str) else str(facts.get("source"))
