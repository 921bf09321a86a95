"""Hands a stack file to the settings the way the Pulumi CLI does."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, cast, get_args

from components.schema.problems import render
from components.schema.section import Section
from components.schema.shape import keys, kinds, of_field
from components.settings.load import ParsedStackFile, parse
from components.settings.problems import SettingsError
from components.settings.secrets import SecretName

PROJECT = "forail"
WELL_FORMED: Mapping[SecretName, str] = {
    SecretName.ADMIN_PASSWORD: "correct horse battery",
    SecretName.POSTGRES_PASSWORD: "short 1",
    SecretName.POSTGRES_SUPERUSER_PASSWORD: "ü and spaces are fine",
    SecretName.SECRET_KEY: "k" * 32,
    SecretName.BROADCAST_WEBSOCKET_SECRET: "w" * 32,
    SecretName.REDIS_PASSWORD: "r" * 16,
    SecretName.PERSONAL_ACCESS_TOKEN: "a1" * 20,
    SecretName.ASSISTANT_CHAT_TOKEN: "c" * 16,
    SecretName.MONITORING_TOKEN: "m1" * 20,
    SecretName.TLS_PRIVATE_KEY: "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
    SecretName.REGISTRY_PASSWORD: "short 2",
    SecretName.BACKUP_KEY_PASSPHRASE: "correct horse battery staple",
    SecretName.PROXY_PASSWORD: "p@ss: word/ü",
}


def cli_config(file: Mapping[str, object]) -> dict[str, str]:
    """Keys with the project's prefix; text as it is, everything else as JSON."""
    return {f"{PROJECT}:{key}": value if isinstance(value, str) else json.dumps(value) for key, value in file.items()}


def parsed(file: Mapping[str, object], secrets: Mapping[str, str] | None = None) -> ParsedStackFile:
    """The stack file and encrypted secrets, read."""
    given = dict(secrets or {})
    return parse(cli_config({**file, **given}), {f"{PROJECT}:{key}" for key in given}, PROJECT, "dev")


def problems(file: Mapping[str, object], secrets: Mapping[str, str] | None = None) -> dict[str, str]:
    """What is wrong, by path, several things joined by lines; empty when nothing is."""
    found: dict[str, str] = {}
    try:
        parsed(file, secrets)
    except SettingsError as error:
        for problem in error.problems:
            path = render(problem.path)
            found[path] = f"{found[path]}\n{problem.message}" if path in found else problem.message
    return found


def nested(values: Mapping[str, object]) -> dict[str, Any]:
    """`{"web.replicas": 2}` as the mappings of a stack file."""
    file: dict[str, Any] = {}
    for path, value in values.items():
        *parents, last = path.split(".")
        inner = file
        for parent in parents:
            inner = cast("dict[str, Any]", inner.setdefault(parent, {}))
        inner[last] = value
    return file


def fields_below(section: type[Section]) -> Iterator[tuple[type[Section], str]]:
    """Section and key of every field of `section` and of the sections within it."""
    for key, field in keys(section).items():
        yield section, key
        for kind in of_field(field):
            inner = [kind, *(below for argument in get_args(kind.type) for below in kinds(argument))]
            for below in inner:
                if below.section is not None:
                    yield from fields_below(below.section)


def shown(value: object, length: int) -> str:
    """A value in the name of a test, the same in every process: certificates are made anew in each."""
    return re.sub(r"(BEGIN [A-Z ]+)[^'\"]*", r"\1", repr(value))[:length]
