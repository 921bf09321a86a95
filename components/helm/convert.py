"""From the chart's values to a stack file that loads, and a line for each key that was given."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass

from ..schema.problems import render
from ..settings.adopt import KEPT_SECRETS
from ..settings.adopt import SECRET as RELEASE_SECRET
from ..settings.chart_keys import CHART_KEYS, Fate
from ..settings.secrets import SecretName
from .draft import Draft, Line, Outcome
from .rules import RULES
from .values import apart

# What has to come along, wherever it was set: the key that credentials are encrypted with, and what people type.
_COME_ALONG = (SecretName.SECRET_KEY, SecretName.ADMIN_PASSWORD)
_HANDLED = frozenset(key for keys in RULES.values() for key in keys)


@dataclass(frozen=True)
class Conversion:
    """A stack file, and how it came about."""

    sections: Mapping[str, object]
    """Each `forail:<key>` of the stack file; they load."""
    lines: tuple[Line, ...]
    """What became of each key."""
    commands: tuple[str, ...]
    """Shell commands that give the secrets, from the release's Secret; none holds a value."""
    namespace: str
    """The platform's namespace."""
    warnings: tuple[str, ...]
    """What loads, and is likely to hurt."""


def convert(values: Mapping[str, object], project: str, stack: str, release: str | None = None) -> Conversion:
    """The stack file that says what `values` say, for a stack that takes `release` over, or has data of its own.

    Raises:
        ValuesError: they need what only a person knows.
    """
    given, unknown = apart(values)
    draft = Draft(given, release)
    for wrong in unknown:
        draft.say(Outcome.REFUSED, render(wrong.path), wrong.message)
    for rule in RULES:
        rule(draft)
    for key, value in given.items():
        target = CHART_KEYS[key].target
        if key not in _HANDLED and target:
            draft.mapped(key, target, value)
    commands = _secrets(draft, stack)
    file = draft.settle(project).stack
    return Conversion(draft.sections, tuple(_settled(draft)), commands, file.namespace.name, file.warnings)


def _settled(draft: Draft) -> list[Line]:
    """The lines without those that say mapped of what was taken out again, each once, in the order of the outcomes."""
    refused = {line.key for line in draft.lines if line.outcome is Outcome.REFUSED}
    lines = [line for line in draft.lines if line.outcome is not Outcome.MAPPED or line.key not in refused]
    order = list(Outcome)
    return sorted(dict.fromkeys(lines), key=lambda line: (order.index(line.outcome), line.key))


def _secrets(draft: Draft, stack: str) -> tuple[str, ...]:
    """Says where each secret comes from; the commands that bring those along which the new stack needs."""
    kept = KEPT_SECRETS if draft.release is not None else ()
    needed = [name for name in _COME_ALONG if name not in kept]
    if draft.given.get("assistant.enabled") is True:
        needed.append(SecretName.ASSISTANT_CHAT_TOKEN)
    for key in draft.given:
        if CHART_KEYS[key].fate is Fate.SECRET and key.startswith("secrets."):
            name = key.removeprefix("secrets.")
            text = "is given by the command below" if name in needed else "is made anew by the stack"
            draft.say(Outcome.SECRET, key, "is read from the release's Secret" if name in kept else text)
    namespace = draft.text("namespace.name") or "forail"
    return tuple(_command(name, namespace, stack) for name in needed)


def _command(name: SecretName, namespace: str, stack: str) -> str:
    path = shlex.quote(f"{{.data.{name}}}")
    return (
        f"kubectl -n {shlex.quote(namespace)} get secret {RELEASE_SECRET} -o jsonpath={path} | base64 -d | "
        f"pulumi config set --stack {shlex.quote(stack)} --secret {name}"
    )
