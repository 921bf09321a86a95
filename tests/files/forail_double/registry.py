"""Forail's registry of settings: a file's value is the field's default, and makes the setting read-only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.files.forail_double.platform import ValidationError


@dataclass(frozen=True)
class Field:
    """A setting's field."""

    default: object
    valid: Callable[[Any], bool]

    def get_default(self) -> object:
        return self.default

    def to_internal_value(self, value: object) -> object:
        if not self.valid(value):
            raise ValidationError(f"{value!r} is not valid")
        return value

    def run_validators(self, value: object) -> None:
        """The double's fields check everything before."""


@dataclass
class Registry:
    """The registered settings, each with what it takes, and what the settings file gave."""

    registered: Mapping[str, Callable[[Any], bool]] = field(
        default_factory=lambda: {
            "SESSION_COOKIE_AGE": lambda value: isinstance(value, int) and value >= 60,
            "AWX_TASK_ENV": lambda value: isinstance(value, dict),
            "RADIUS_SECRET": lambda value: isinstance(value, str) and len(value) < 40,
        }
    )
    from_file: dict[str, object] = field(default_factory=dict[str, object])

    def get_registered_settings(self) -> list[str]:
        return list(self.registered)

    def is_setting_read_only(self, name: str) -> bool:
        return name in self.from_file

    def get_setting_field(self, name: str) -> Field:
        return Field(self.from_file.get(name, "default"), self.registered[name])
