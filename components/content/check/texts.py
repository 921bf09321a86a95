"""What stands in single fields: addresses, paths, variables, recurrences, and secrets where none belong."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from ...api.models import (
    Credential,
    ForailInstance,
    Inventory,
    JobTemplate,
    Schedule,
    SecretConfig,
    Spec,
    Team,
    Workflow,
)
from ...api.models.base import variables_as_stored
from ...schema.shape import Path
from ..read import yaml_text
from . import firing, inputs
from .credential_types import TYPES
from .inventories import Found, unique
from .operator_defects import MOST_CREDENTIALS

# Go's client refuses these in a Host header before it connects.
_HOST_HEADER = re.compile(r"[^\s\x00-\x20\x7f\"#/<>?\\^`{|}]+")
_CONFIG_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}")
_SECRET_DATA_KEY = re.compile(r"[-._A-Za-z0-9]{1,253}")
_OBJECT_NAME = re.compile(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?")


def check(spec: Spec) -> Found:
    """Path and message for each field that cannot work."""
    name: str = getattr(spec, "name", None) or ""
    if name != name.strip():
        yield (
            ("spec", "name"),
            "has white space around it, which Forail takes off, and the operator does not find the object then: remove "
            "it",
        )
    match spec:
        case ForailInstance():
            yield from _instance(spec)
        case Team():
            yield from unique(spec.users, ("spec", "users"), "", "user")
        case Credential():
            yield from _credential(spec)
        case JobTemplate():
            yield from _job_template(spec)
        case Schedule():
            if refused := firing.refusal(spec.rrule):
                yield ("spec", "rrule"), refused
        case _:
            pass
    for path, text in texts_of_variables(spec):
        try:
            yaml_text.variables(text if path[-1] == "extraData" else variables_as_stored(text))
        except ValueError as error:
            yield path, f"must be variables as YAML or JSON text, such as 'key: value': {error}"


def texts_of_variables(spec: Spec) -> Iterator[tuple[Path, str]]:
    """Every text that holds variables."""
    match spec:
        case Inventory():
            yield from _given({("spec", "variables"): spec.variables})
            for noun, members in (("hosts", spec.hosts), ("groups", spec.groups)):
                for place, member in enumerate(members):
                    if member.variables:
                        yield ("spec", noun, place, "variables"), member.variables
        case JobTemplate():
            yield from _given({("spec", "extraVars"): spec.extra_vars})
        case Schedule():
            yield from _given({("spec", "extraData"): spec.extra_data})
        case Workflow():
            yield from _given({("spec", "extraVars"): spec.extra_vars})
            for place, node in enumerate(spec.nodes):
                if node.extra_data:
                    yield ("spec", "nodes", place, "extraData"), node.extra_data
        case _:
            pass


def _given(texts: Mapping[Path, str | None]) -> Iterator[tuple[Path, str]]:
    return ((path, text) for path, text in texts.items() if text)


def _instance(spec: ForailInstance) -> Found:
    path = ("spec", "url")
    try:
        parts = urlsplit(spec.url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        parts, usable = urlsplit(""), False
    if not usable:
        yield path, "must be an address such as https://forail.example.com"
    elif parts.username is not None or parts.password is not None:
        yield path, "holds a name or password in clear: remove it, the token is all that is needed"
    elif re.search(r"/api(/v2)?/?$", parts.path):
        yield path, "is the API's, and the operator adds /api/v2 itself: leave /api and what follows out"
    elif spec.url.endswith("/"):
        yield path, "ends with a slash, which the operator doubles: remove it"
    elif parts.query or parts.fragment or any(character.isspace() for character in spec.url):
        yield path, "must be a bare address: remove what follows the path"
    if spec.host_header and not _HOST_HEADER.fullmatch(spec.host_header):
        yield ("spec", "hostHeader"), "must be a host, with a port if need be, such as forail.example.com"
    reference = spec.token_secret_ref
    if isinstance(reference, SecretConfig):
        yield from _config_key(reference, ("spec", "tokenSecretRef"))
    else:
        yield from _secret_key(reference.name, reference.key, ("spec", "tokenSecretRef"))


def _credential(spec: Credential) -> Found:
    yield from inputs.check(spec)
    yield from unique([item.name for item in spec.inputs_from], ("spec", "inputsFrom"), "name", "input")
    for place, item in enumerate(spec.inputs_from):
        path = ("spec", "inputsFrom", place, "valueFrom")
        if isinstance(item.value_from, SecretConfig):
            yield from _config_key(item.value_from, path)
            # The stack's Secret has the input's name for a key; names that a known type has are all fit.
            if item.name and spec.credential_type not in TYPES and not _SECRET_DATA_KEY.fullmatch(item.name):
                yield ("spec", "inputsFrom", place, "name"), "must be letters, digits, '-', '_' and '.', at most 253"
        else:
            yield from _secret_key(item.value_from.name, item.value_from.key, path)


def _config_key(reference: SecretConfig, path: Path) -> Found:
    if not _CONFIG_KEY.fullmatch(reference.secret_config):
        yield (
            (*path, "secretConfig"),
            "must be a key below contentSecrets: letters, digits, '-' and '_', at most 128; the value itself belongs "
            "into pulumi config set --secret --path contentSecrets.<key>",
        )


def _secret_key(name: str, key: str, path: Path) -> Found:
    if not _OBJECT_NAME.fullmatch(name):
        yield (*path, "name"), "must be the name of a Secret in the object's namespace"
    if not _SECRET_DATA_KEY.fullmatch(key):
        yield (*path, "key"), "must be a key of that Secret: letters, digits, '-', '_' and '.', at most 253"


def _job_template(spec: JobTemplate) -> Found:
    path = ("spec", "playbook")
    playbook = spec.playbook.strip()
    if not playbook:
        yield path, "is empty: give the path of the playbook in the project"
    elif playbook.startswith("/") or re.match(r"[A-Za-z]:", playbook):
        yield path, "is absolute, and playbooks are found in their project: give the path below the project's root"
    elif ".." in re.split(r"[/\\]", playbook):
        yield path, "leaves the project with '..': give the path below the project's root"
    if len(spec.credentials) > MOST_CREDENTIALS:
        yield (
            ("spec", "credentials"),
            f"names {len(spec.credentials)}, and the operator handles {MOST_CREDENTIALS} of them: detach some",
        )
    yield from unique(spec.credentials, ("spec", "credentials"), "", "credential")
