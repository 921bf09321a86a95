"""Rules that hold because of a defect of one release of the operator, and that go with it."""

from __future__ import annotations

RELEASE = "2026.06.1"
"""The release that has them."""


# It sends "true", which Forail refuses; and it cannot read an answer with a boolean in it, so that even an empty text,
# which Forail stores as false, never synchronises.
TEXT_ONLY = f"is true or false in Forail, and operator {RELEASE} sends and reads inputs as text alone"
"""Why an input that is true or false cannot be given."""


def attaches_first(attached: str, kind: str, named: str) -> str:
    """Why one credential of a job template does not take the place of another of its type.

    The operator attaches what is missing before it detaches what is too much, and Forail refuses a second one.
    """
    return (
        f"names {named} of type {kind}, and Forail has {attached} of that type attached: operator {RELEASE} attaches "
        "before it detaches, which Forail refuses; detach the old one in Forail first"
    )
