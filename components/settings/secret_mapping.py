"""Secret keys of the stack that hold several secrets by name; their values enter no model."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from ..schema.problems import Finding
from .stores import OPTION_FORM
from .unusable_text import fault
from .variables import VARIABLE_BYTES

# The API server's limit for all values of a Secret together.
_SECRET_BYTES = 1024 * 1024


@dataclass(frozen=True)
class SecretMapping:
    """A key such as `contentSecrets`, and what the names and values below it may be."""

    key: str
    name: str
    """Pattern of a name."""
    named: str
    """What a name is, after "must have"."""
    longest: int
    """Bytes of one value."""
    too_long: str
    """What is said to a longer one."""

    def command(self, name: str = "<name>") -> str:
        """What sets the value called `name`."""
        return f"pulumi config set --secret --path '{self.key}.{name}'"

    def read(self, text: str, encrypted: bool) -> tuple[Mapping[str, str], list[Finding]]:
        """The values in `text`, the CLI's JSON, and what is wrong with them, without a value."""
        if text in ("", "{}", "null"):
            return {}, []
        if not encrypted:
            message = f"holds secrets in clear: set each with {self.command()}, and remove the clear values"
            return {}, [((self.key,), message)]
        try:
            found: object = json.loads(text)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            return {}, [((self.key,), f"must be a mapping from names to secrets: set each with {self.command()}")]
        values = cast("dict[str, object]", found)
        problems = list(self._problems(values))
        return {} if problems else {name: str(value) for name, value in values.items()}, problems

    def flat(self, key: str) -> Finding:
        """What is wrong with a key that was set without --path."""
        return (key,), f"is one flat key, which is not read: remove it, and set it with {self.command()}"

    def _problems(self, values: Mapping[str, object]) -> Iterator[Finding]:
        for name, value in values.items():
            if not re.fullmatch(self.name, name):
                yield (self.key, name), f"must have {self.named}"
            if not isinstance(value, str) or not value:
                yield (self.key, name), "must be text that is not empty; quote numbers"
            elif (wrong := fault(value)) is not None:
                yield (self.key, name), wrong
            elif len(value.encode()) > self.longest:
                yield (self.key, name), self.too_long


CONTENT = SecretMapping(
    "contentSecrets",
    r"[A-Za-z][A-Za-z0-9_-]{0,62}",
    "a name of letters, digits, '-' and '_' that begins with a letter",
    _SECRET_BYTES,
    "has more than the 1 MiB that a Secret can hold: give a shorter one",
)
"""Values for credentials and tokens of the content, by names that manifests refer to."""
COPIES = SecretMapping(
    "copiesSecrets",
    OPTION_FORM,
    "the name of an option of rclone: lower-case letters, digits and '_', such as secret_access_key",
    # Less the longest name of a variable, RCLONE_CONFIG_STORE_ and the option.
    VARIABLE_BYTES - 128,
    "has more bytes than Linux gives a variable (128 KiB): give a shorter one",
)
"""The store's credentials for `backups.copies`, by rclone's names of its options."""
SETTINGS = SecretMapping(
    "settingsSecrets",
    r"[A-Z][A-Z0-9_]{0,99}",
    "the name of a setting of the backend, such as LOG_AGGREGATOR_PASSWORD",
    # Less the longest name of a variable, FORAIL_SETTING_ and the setting.
    VARIABLE_BYTES - 128,
    "has more bytes than Linux gives a variable (128 KiB): give a shorter one",
)
"""Secrets for `forail.settings` and `forail.auth`, by the names of the backend's settings."""
MAPPINGS = {mapping.key: mapping for mapping in (CONTENT, COPIES, SETTINGS)}
