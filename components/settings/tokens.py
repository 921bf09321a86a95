"""`forail.tokens`: further tokens of the API."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator

from ..schema.section import Section
from ..schema.words import Matching
from .rotation import Epoch

# All of their values travel in one variable: 100 take 7 KiB.
MOST_TOKENS = 100


class TokenScope(StrEnum):
    """What a token may do within the rights of its user."""

    READ = "read"
    WRITE = "write"


class Token(Section):
    """A token; its value is in the output `tokens`."""

    name: Annotated[
        str,
        Matching(
            "a token's name: at most 40 lower-case letters, digits and '-'", r"[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?"
        ),
    ]
    """What the output calls it. Another name is another token."""
    user: Annotated[
        str,
        Matching(
            "a user name: letters, digits and '_', '@', '.', '+', '-', at most 150, "
            "and not forail-operator or forail-monitoring, whose tokens the stack makes by itself",
            r"(?!forail-(operator|monitoring)$)[A-Za-z0-9_@.+-]{1,150}",
        ),
    ]
    """Who it acts as. A user that does not exist is made, without a password and without any right: give it roles."""
    scope: TokenScope = TokenScope.READ
    """`read`, or `write` for changes too."""
    epoch: Epoch = 1
    """Raise it for a new value; the old one ends when the init Job has run."""


def _distinct(tokens: tuple[Token, ...]) -> tuple[Token, ...]:
    if len(tokens) > MOST_TOKENS:
        raise ValueError(f"has {len(tokens)} tokens, and at most {MOST_TOKENS} reach the init Job: remove some")
    names = [token.name for token in tokens]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise ValueError(f"has two tokens called {', '.join(repeated)}: give each a name of its own")
    return tokens


Tokens = Annotated[tuple[Token, ...], AfterValidator(_distinct)]
