"""What a `Forail` is made from, and whether it fits together."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import pulumi
import pulumi_kubernetes as kubernetes

from .content.apply.content import FleetMember
from .content.catalog import Catalog
from .schema.problems import render
from .settings import unusable_text
from .settings.contradictions import contradictions
from .settings.secrets import SecretSettings
from .settings.stack import StackFile

# Names of volumes, at most 63 characters, and of objects begin with it; the longest of a fixed length adds 37.
_NAME = re.compile(r"[a-z]([-a-z0-9]{0,21}[a-z0-9])?")
_NO_CONTENT = Catalog()


@dataclass(frozen=True, kw_only=True)
class ForailArgs:
    """A stack: its file, secrets and content, read and checked."""

    stack: StackFile = field(default_factory=StackFile)
    """What the stack file says."""
    secrets: SecretSettings = field(default_factory=SecretSettings)
    """Secret configuration."""
    catalog: Catalog = _NO_CONTENT
    """The content, checked: from `Catalog.of`, or from `content.declared` for what the stack file declares."""
    definitions_provider: kubernetes.Provider | None = None
    """Takes over definitions that a Helm release left; None: the component's own, which refuses objects that exist."""
    fleet: Mapping[str, FleetMember] = field(default_factory=dict[str, FleetMember])
    """Further Forails that the operator serves."""
    stack_name: str = ""
    """What `restore.confirm` must say; needed only with `restore`."""


def check(name: str, args: ForailArgs) -> None:
    """What each setting alone does not show; whoever reads a stack file has heard of it before, with its paths.

    Raises:
        RunError: with everything that does not fit.
    """
    stack = args.stack
    found = [f"{path}: {message}" for path, message in _contradictions(args)]
    said = stack.model_dump(mode="json", by_alias=True, exclude={"content"})
    found += [f"{render(path)}: {message}" for path, message in unusable_text.faults(said)]
    if not _NAME.fullmatch(name):
        found.append("its name: use at most 23 lower-case letters, digits and '-', beginning with a letter")
    elif name.endswith("-canary"):
        # Hooks have one name space in a program, and `a`'s canary has a hook of the name that `a-canary` would have.
        found.append("its name: ends in '-canary', which Forail itself appends: choose another")
    if stack.operator.enabled:
        found += _missing_content(args)
    if found:
        lines = [f"Forail {name!r} cannot be made:", *(f"  {line}" for line in found)]
        raise pulumi.RunError("\n".join([*lines, "Values of secrets are given in ForailArgs.secrets."]))


def _contradictions(args: ForailArgs) -> list[tuple[str, str]]:
    secrets = args.secrets
    copies, settings = frozenset(secrets.copies), frozenset(secrets.settings)
    return contradictions(args.stack, frozenset(secrets.given), copies, args.stack_name, settings)


def _missing_content(args: ForailArgs) -> Iterator[str]:
    content = args.stack.content
    if args.catalog is _NO_CONTENT and (content.files or content.resources):
        yield "content: is declared and was not read: give what content.declared.catalog makes of it as catalog"
    for member in sorted(content.fleet.keys() - args.fleet.keys()):
        yield f"content.fleet.{member}: is declared and has no address: give it in fleet"
    for key in sorted(set(args.catalog.secret_config_keys) - args.secrets.content.keys()):
        yield f"contentSecrets.{key}: is read by the content and has no value"
