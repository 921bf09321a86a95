"""Rules that hold because of a defect of one release of the operator, and that go with it."""

from __future__ import annotations

from collections.abc import Collection, Sequence

RELEASE = "2026.06.1"
"""The newest that they were seen in; a later one is taken to have them until it is seen without."""

# It reads a node's variables as text, and Forail answers `{}` where none were given: the workflow then never
# synchronises. A schedule without any is sent again every minute. Text that holds no variable stays text in Forail, and
# every template accepts it.
NO_VARIABLES = "{}"
"""The `extraData` of nodes and schedules that have none."""

PAGE = 200
"""Entries of a list that it reads at a time."""

# It asks for a list's nodes once.
MOST_NODES = PAGE
"""Nodes of a workflow; it does not see the others, and makes them again and again."""

# It asks for them without saying how many, and Forail answers 25.
MOST_CREDENTIALS = 25
"""Credentials of a job template; it does not see the others, and attaches them again and again."""

ESCAPED = "<>&"
"""Characters that it escapes in a schedule's `extraData` and Forail does not: it sends such a text every minute."""


def fills_pages(entries: Sequence[object]) -> bool:
    """Whether it fails to read a list: after a full last page it asks for another, and stops at Forail's 404."""
    return bool(entries) and len(entries) % PAGE == 0


def drops(field: str, value: object) -> bool:
    """Whether its first write of an object leaves a field out, which a refresh would take for a change.

    False, 0 and what is empty go; but `enabled` has a default, and without it means true.
    """
    return not value and not (field == "enabled" and value is False)


def enables(hosts: Collection[bool]) -> bool:
    """Whether its write of an inventory's finalizer enables hosts; `hosts` says which of them are enabled.

    It drops `enabled: false`, and the API server puts the default, true, in its place. With the finalizer there from
    the start it writes nothing.
    """
    return not all(hosts)


def writes_for_ever(what: str, value: str) -> str:
    """Why a field must have the `value` that Forail has for `what` anyway."""
    return (
        f"is missing, and {what} has one in Forail: operator {RELEASE} sees the difference, sends nothing for a "
        f"missing field, and so writes the object every minute: give {value}"
    )


# It sends "true", which Forail refuses; and it cannot read an answer with a boolean in it, so that even an empty text,
# which Forail stores as false, never synchronises.
TEXT_ONLY = f"is true or false in Forail, and operator {RELEASE} sends and reads inputs only as text"
"""Why an input that is true or false cannot be given."""


def attaches_first(attached: str, kind: str, named: str) -> str:
    """Why one credential of a job template does not take the place of another of its type.

    The operator attaches what is missing before it detaches what is too much, and Forail refuses a second one.
    """
    return (
        f"names {named} of type {kind}, and Forail has {attached} of that type attached: operator {RELEASE} attaches "
        "before it detaches, which Forail refuses; detach the old one in Forail first"
    )
