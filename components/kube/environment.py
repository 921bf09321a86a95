"""Environment variables of a container: text, a key of a Secret, or a field of the pod."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.core.v1 import (
    EnvVarArgs,
    EnvVarSourceArgs,
    ObjectFieldSelectorArgs,
    SecretKeySelectorArgs,
)


@dataclass(frozen=True)
class Kept:
    """A Secret that others write."""

    path: str
    """Where the stack file names it."""
    name: str
    """Its name, known before it is there."""


@dataclass(frozen=True)
class SecretRef:
    """A key of a Secret; what pods get instead of a value."""

    name: pulumi.Input[str]
    """Name of the Secret, in the pod's namespace."""
    key: str
    """Key in the Secret."""
    kept: Kept | None = None
    """Set where others write it: its value may change under the same name."""


@dataclass(frozen=True)
class Env:
    """A variable of a container: text, a key of a Secret, or a field of the pod."""

    name: str
    value: pulumi.Input[str] | None = None
    """Text; never a secret."""
    secret: SecretRef | None = None
    """Key of a Secret."""
    field: str | None = None
    """Field of the pod, such as `metadata.name`."""

    def render(self) -> EnvVarArgs:
        """The variable as a container spec has it."""
        if self.secret is not None:
            selector = SecretKeySelectorArgs(name=self.secret.name, key=self.secret.key)
            return EnvVarArgs(name=self.name, value_from=EnvVarSourceArgs(secret_key_ref=selector))
        if self.field is not None:
            return EnvVarArgs(
                name=self.name, value_from=EnvVarSourceArgs(field_ref=ObjectFieldSelectorArgs(field_path=self.field))
            )
        return EnvVarArgs(name=self.name, value=self.value)

    def identity(self) -> tuple[str, pulumi.Input[str]]:
        """What a change of this variable changes: its name and kind, and its text or the Secret that it names; never a
        secret's value.
        """
        if self.secret is not None:
            return f"{self.name}=secret:{self.secret.key}", self.secret.name
        if self.field is not None:
            return f"{self.name}=field", self.field
        return f"{self.name}=", self.value or ""


def texts(**values: pulumi.Input[str] | None) -> tuple[Env, ...]:
    """Variables with plain text; those whose value is None are left out."""
    return tuple(Env(name, value) for name, value in values.items() if value is not None)


def joined(*groups: Iterable[Env]) -> tuple[Env, ...]:
    """Groups in order. A name that occurs twice is a programming error: raises ValueError."""
    merged = [env for group in groups for env in group]
    names = [env.name for env in merged]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"environment variables set twice: {', '.join(twice)}")
    return tuple(merged)
