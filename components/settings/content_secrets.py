"""`contentSecrets`: values for credentials and tokens of the content, by names that manifests refer to."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import cast

from ..schema.problems import Finding
from .secrets import SECRET_BYTES
from .unusable_text import fault

KEY = "contentSecrets"
NAME = r"[A-Za-z][A-Za-z0-9_-]{0,62}"
_SET = f"pulumi config set --secret --path '{KEY}.<name>'"


def read(text: str, encrypted: bool) -> tuple[Mapping[str, str], list[Finding]]:
    """The values in `text`, the CLI's JSON, and what is wrong with them, without a value."""
    if text in ("", "{}", "null"):
        return {}, []
    if not encrypted:
        return {}, [((KEY,), f"holds secrets in clear: set each with {_SET}, and remove the clear values")]
    try:
        found: object = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        return {}, [((KEY,), f"must be a mapping from names to secrets: set each with {_SET}")]
    values = cast("dict[str, object]", found)
    problems = list(_problems(values))
    return {} if problems else {name: str(value) for name, value in values.items()}, problems


def flat(key: str) -> Finding:
    """What is wrong with a key that was set without --path."""
    return (key,), f"is one flat key, which is not read: remove it, and set it with {_SET}"


def _problems(values: Mapping[str, object]) -> Iterator[Finding]:
    for name, value in values.items():
        if not re.fullmatch(NAME, name):
            yield (KEY, name), "must have a name of letters, digits, '-' and '_' that begins with a letter"
        if not isinstance(value, str) or not value:
            yield (KEY, name), "must be text that is not empty; quote numbers"
        elif (wrong := fault(value)) is not None:
            yield (KEY, name), wrong
        elif len(value.encode()) > SECRET_BYTES:
            yield (KEY, name), "has more than the 1 MiB that a Secret can hold: give a shorter one"
