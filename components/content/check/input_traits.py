"""What a credential type says of its inputs: the words in which `credential_types` is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Flag, StrEnum, auto
from functools import cached_property


class Family(StrEnum):
    """The `kind` of a credential type in Forail: it decides who may use such a credential."""

    MACHINE = "ssh"
    VAULT = "vault"
    NETWORK = "net"
    CLOUD = "cloud"
    KUBERNETES = "kubernetes"
    SOURCE_CONTROL = "scm"
    INSIGHTS = "insights"
    TOKEN = "token"
    REGISTRY = "registry"
    GALAXY = "galaxy"
    CRYPTOGRAPHY = "cryptography"
    LOOKUP = "external"


FOR_JOBS = frozenset({Family.MACHINE, Family.VAULT, Family.NETWORK, Family.CLOUD, Family.KUBERNETES})
"""Whose credentials a job template takes."""
ASK = "ASK"
"""The value that makes Forail ask for an input when a job is launched."""


class Trait(Flag):
    """What holds for one input. One without any is text that may be in a file."""

    CLEAR = 0
    REQUIRED = auto()
    """Nothing works without it, though Forail saves a credential that lacks it."""
    SECRET = auto()
    """Forail encrypts it, and it belongs in a Secret."""
    PUBLIC = auto()
    """Forail encrypts it, and it is the public half of something: it may be in a file."""
    ASKS = auto()
    """May be `ASK`."""
    BOOLEAN = auto()
    """True or false, no text."""
    PRIVATE_KEY = auto()
    """PEM with a private key."""
    ADDRESS = auto()
    """A URL with a scheme and a host."""
    VAULT_ID = auto()
    """Text without `@`."""


@dataclass(frozen=True)
class CredentialType:
    """A credential type that Forail ships."""

    family: Family
    """Its kind."""
    inputs: Mapping[str, Trait]
    """Its inputs by name, in Forail's order; no others are accepted."""
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """The values that an input is limited to, where it is."""
    needs: Mapping[str, str] = field(default_factory=dict[str, str])
    """Inputs that Forail takes only beside another one, and that one."""

    def named(self, trait: Trait) -> tuple[str, ...]:
        """The inputs with `trait`, in order."""
        return self._named[trait]

    @cached_property
    def _named(self) -> Mapping[Trait, tuple[str, ...]]:
        return {trait: tuple(name for name, traits in self.inputs.items() if trait in traits) for trait in Trait}
