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


def held(value: pulumi.Output[str], *, given: bool) -> Facts:
    """What is recorded of a key that the program sees: where it comes from, and 32 bits that another would not have."""
    source = _Source.GIVEN if given else _Source.GENERATED
    # No key can be found from them, and a refusal shows them.
    return {"source": source.value, "mark": pulumi.Output.unsecret(value.apply(fingerprint))}


def kept(existing: ExistingSecret) -> Facts:
    """What is recorded of a key in an existing Secret, which the program never reads."""
    return {"source": f"{_Source.SECRET} {existing.secret_name}/{existing.key}"}


def fingerprint(value: str) -> str:
    """Eight hex digits that tell keys apart."""
    return hashlib.sha256(f"forail-platform.io/secret-key\0{value}".encode()).hexdigest()[:8]


def check(old: Facts, new: Facts) -> Iterator[Refusal]:
    """Another key, or one that may be another. From one place that can be read to another the same key may move."""
    before, after = old.get("mark"), new.get("mark")
    if old == new or (before is not None and before == after):
        return
    # Of a key that is yet to be generated a preview knows no more than that it is another.
    target = str(new.get("source")) if new.get("source") == _Source.GENERATED else _named(new)
    change = f"{_named(old)} -> {target}"
    yield Refusal(
        f"{GuardName.SECRET_KEY} {change}",
        f"forailSecretKey changes ({change}): what the database stores is encrypted with the old key, and so are its "
        "backups. With another one every stored credential is unreadable. Keep the key: pulumi config set --secret "
        "forailSecretKey with the old value, or a Secret that holds it. Where the new place holds the same key, the "
        "change is right.",
    )


def _named(facts: Facts) -> str:
    mark = facts.get("mark")
    return f"{facts.get('source')}{f' {mark}' if mark else ''}"
