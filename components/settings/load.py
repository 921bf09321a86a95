"""Reads the stack's configuration once: sections into the models, secrets into secret outputs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Self

import pulumi
from pulumi.runtime import config as runtime
from pydantic import ValidationError

from ..schema.problems import Finding, Problem
from ..schema.suggestions import nearest
from . import certificate, unusable_text
from .contradictions import contradictions
from .problems import SettingsError
from .refusals import refusals
from .secret_keys import SECRETS, SECTIONS, misplaced, near_secret, secret_problems, without_newline
from .secret_mapping import CONTENT, COPIES, MAPPINGS, SETTINGS
from .secrets import SECRET_BYTES, SecretName, SecretSettings, well_formed
from .ssh_key import private_key
from .stack import StackFile
from .tls import ProvidedTls

# The prefix in the stack files that come with the program; a renamed project reads its own.
_SHIPPED = "forail"


@dataclass(frozen=True)
class ParsedStackFile:
    """A stack's configuration, checked. The values in `secrets` are in clear: they go nowhere but into outputs."""

    stack: StackFile
    secrets: Mapping[SecretName, str]
    content_secrets: Mapping[str, str] = field(default_factory=dict[str, str])
    copies_secrets: Mapping[str, str] = field(default_factory=dict[str, str])
    settings_secrets: Mapping[str, str] = field(default_factory=dict[str, str])

    def __repr__(self) -> str:
        return f"Parsed({len(self.secrets)} secrets)"


@dataclass(frozen=True)
class Settings:
    """Everything that the program is told."""

    stack: StackFile
    """The sections of the stack file."""
    secrets: SecretSettings
    """The secrets that were given."""
    name: str
    """Name of the stack, such as `dev`."""
    project: str
    """Name of the project, the prefix of every configuration key."""

    @classmethod
    def load(cls) -> Self:
        """Reads what the running Pulumi program was given; raises SettingsError with everything that is wrong."""
        config = {**runtime.get_config_env(), **runtime.CONFIG.get()}
        marked = {*runtime.get_config_secret_keys_env(), *(key for key in config if runtime.is_config_secret(key))}
        project, name = pulumi.get_project(), pulumi.get_stack()
        parsed = parse(config, marked, project, name)
        given = {key: pulumi.Output.secret(value) for key, value in parsed.secrets.items()}
        content = {key: pulumi.Output.secret(value) for key, value in parsed.content_secrets.items()}
        copies = {key: pulumi.Output.secret(value) for key, value in parsed.copies_secrets.items()}
        settings = {key: pulumi.Output.secret(value) for key, value in parsed.settings_secrets.items()}
        keys = {key: private_key(value) for key, value in parsed.content_secrets.items()}
        return cls(parsed.stack, SecretSettings(given, content, keys, copies, settings), name, project)


def parse(
    config: Mapping[str, object], secret_keys: AbstractSet[str], project: str, stack: str = ""
) -> ParsedStackFile:
    """The models and secrets in `config`, whose keys are `<project>:<key>` and whose values are the CLI's texts.

    `secret_keys` are the keys whose value the stack file keeps encrypted. Raises SettingsError.
    """
    problems: list[Finding] = []
    others = list(_other_namespaces(config, project))
    sections: dict[str, object] = {}
    secrets: dict[SecretName, str] = {}
    mappings: dict[str, Mapping[str, str]] = {}
    unread: set[str] = set()
    for full, value in config.items():
        namespace, _, key = full.partition(":")
        if namespace != project:
            continue
        if key in SECRETS:
            secrets[SECRETS[key]] = without_newline(SECRETS[key], str(value))
            problems += secret_problems(SECRETS[key], secrets[SECRETS[key]], full in secret_keys)
        elif key in MAPPINGS:
            mappings[key], wrong_values = MAPPINGS[key].read(str(value), full in secret_keys)
            problems += wrong_values
            if wrong_values:
                unread.add(key)
        elif (holder := key.partition(".")[0]) in MAPPINGS:
            problems.append(MAPPINGS[holder].flat(key))
        elif full in secret_keys or near_secret(key):
            problems.append(misplaced(key, full in secret_keys))
            unread.add(key)
        else:
            sections[key] = _plain(value)
            wrong_text = [((key, *path), what) for path, what in unusable_text.faults(sections[key])]
            if wrong_text:
                problems += wrong_text
                unread.add(key)
                del sections[key]
    file, wrong = _stack_file(sections)
    # A section that is encrypted or holds unusable text was not read: what contradicts its defaults says nothing.
    if file is not None and not any(key in SECTIONS or key in (COPIES.key, SETTINGS.key) for key in unread):
        wrong = _contradictions(file, secrets, mappings, stack)
    if file is None or others or problems or wrong:
        ours = [Problem(project, path, message) for path, message in (*problems, *wrong)]
        raise SettingsError(stack, [*others, *ours])
    return ParsedStackFile(file, secrets, *(mappings.get(mapping.key, {}) for mapping in (CONTENT, COPIES, SETTINGS)))


def _plain(value: object) -> object:
    """What the CLI's text stands for: JSON, or the text itself for a string of the stack file."""
    try:
        return json.loads(str(value))
    except (ValueError, RecursionError):
        return str(value)


def _stack_file(sections: Mapping[str, object]) -> tuple[StackFile | None, list[Finding]]:
    try:
        return StackFile.model_validate(sections, by_alias=True, by_name=False), []
    except ValidationError as error:
        return None, list(refusals(sections, error))


def _contradictions(
    file: StackFile, secrets: Mapping[SecretName, str], mappings: Mapping[str, Mapping[str, str]], stack: str
) -> list[Finding]:
    """What is wrong with sections and secrets that are each right."""
    copies, settings = (frozenset(mappings.get(mapping.key, {})) for mapping in (COPIES, SETTINGS))
    found = contradictions(file, frozenset(secrets), copies, stack, settings)
    tls, key = file.exposure.tls, secrets.get(SecretName.TLS_PRIVATE_KEY)
    if isinstance(tls, ProvidedTls) and key is not None and well_formed(SecretName.TLS_PRIVATE_KEY, key):
        found += certificate.problems(tls.certificate, key, file.exposure.hosts)
        if len(tls.certificate.encode()) + len(key.encode()) > SECRET_BYTES:
            found.append(
                (
                    "exposure.tls.certificate",
                    "is, with its key, larger than a Secret (1 MiB): give only the needed blocks",
                )
            )
    # A number is a place in a list: no key of these paths is one.
    return [(tuple(int(part) if part.isdecimal() else part for part in path.split(".")), text) for path, text in found]


def _other_namespaces(config: Mapping[str, object], project: str) -> Iterator[Problem]:
    """Keys that look as if they configured this program, and do not."""
    for full in config:
        namespace, _, key = full.partition(":")
        if namespace == "kubernetes":
            yield Problem(
                namespace,
                (key,),
                f"configures a provider that is not used: remove it; {project}:kubernetes.context names the context",
            )
        elif namespace != project and (namespace == _SHIPPED or nearest(namespace, [project]) is not None):
            yield Problem(namespace, (key,), f"is not read: did you mean the prefix {project}?")
