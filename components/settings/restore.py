"""`restore`: a dump that takes the place of the data, once."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from ..schema.section import Section
from ..schema.words import Matching

# The old database is kept as <name>_before_restore, and Postgres cuts names at 63 characters.
LONGEST_DATABASE_NAME = 48


class RestoreSettings(Section):
    """`restore`: the next `up` restores a dump into a new database and gives it the old one's name, once.

    While it stays in the stack file, nothing restores it again; taken out and put back, it is another restore."""

    source: Annotated[
        str,
        Matching(
            "the newest backup or one by its name: newest, or forail-<time> such as forail-20260101T013000Z",
            r"newest|forail-[0-9]{8}T[0-9]{6}Z",
        ),
    ] = Field(alias="from")
    """Dump to restore: `newest`, or its name without `.sql.gz`, such as `forail-20260101T013000Z`."""
    confirm: Annotated[str, Matching("a stack's name: letters, digits, '-', '_' and '.'", r"[A-Za-z0-9_.-]{1,100}")]
    """Name of this stack, such as `prod`: its data is replaced, and a copied stack file must not do that elsewhere."""


def unconfirmed(restore: RestoreSettings | None, stack: str) -> list[tuple[str, str]]:
    """Pairs of YAML path and message where a restore does not name the stack whose data it replaces."""
    if restore is None or restore.confirm == stack:
        return []
    advice = f"write confirm: {stack}" if stack else "say what it is called in ForailArgs.stack_name"
    return [("restore.confirm", f"is not the name of this stack: to replace its data, {advice}")]
