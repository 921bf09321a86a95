"""What Forail's API refuses, and what it keeps of what it takes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from itertools import combinations
from pathlib import PurePosixPath
from typing import Any, TypeAlias, cast

import yaml

from rehearsal.operator import credentials, recurrences, scm_urls
from rehearsal.operator.records import Record

Find: TypeAlias = Callable[[str, int], Record | None]
"""The record of a resource with a primary key."""
Fields: TypeAlias = Mapping[str, Any]
Refusal: TypeAlias = tuple[int, object]
"""Status and body."""

_LENGTHS = {"name": 512, "scmUrl": 1024, "scmBranch": 256, "scmRefspec": 1024, "playbook": 1024}
_TRIMMED = frozenset({"scmUrl", "scmBranch", "scmRefspec", "limit", "playbook"})
_VARIABLES = frozenset({"variables", "extraVars"})
_UPDATE_OPTIONS = ("scmUpdateOnLaunch", "scmDeleteOnUpdate", "scmClean")
_INSIGHTS_URL = "https://example.org"
# Folders in which no file counts as a playbook.
_NO_PLAYBOOKS = frozenset({"roles", "tasks", "group_vars", "host_vars"})
_NULL = "Null characters are not allowed."


def refusal(resource: str, fields: Fields, find: Find) -> Refusal | None:
    """Status and body with which a record is refused, None when it is not.

    Args:
        resource: in paths of the API.
        fields: all that the record would hold, its name and a credential's inputs included.
        find: looks up what it refers to.
    """
    sent = {name: _trimmed(name, value) for name, value in fields.items()}
    wrong = _texts(sent)
    if wrong:
        return 400, wrong
    check = _CHECKS.get(resource)
    return check(sent, find) if check else None


def stored(resource: str, fields: Fields) -> dict[str, Any]:
    """All fields of a record as Forail keeps them: trimmed, without what a project's type rules out, without inputs."""
    kept = {name: _trimmed(name, value) for name, value in fields.items()}
    if resource == "credentials":
        inputs: Mapping[str, str] = kept.pop("inputs", None) or {}
        kept |= {"vaultId": inputs["vault_id"]} if inputs.get("vault_id") else {}
    if resource == "projects":
        match kept.get("scmType") or "":
            case "":
                kept |= {"scmUrl": "", "credential": None}
            case "insights":
                kept["scmUrl"] = _INSIGHTS_URL
            case _:
                pass
    return kept


def prompts(template: Fields, extra_data: str) -> object | None:
    """The body of the refusal of variables that a template does not ask for, None when it takes them."""
    wanted = _variables(extra_data)
    if wanted is None:
        return {"extra_data": ["This is neither a JSON nor a YAML mapping."]}
    if template.get("askVariablesOnLaunch"):
        return None
    own = _variables(str(template.get("extraVars") or "")) or {}
    foreign = sorted(name for name, value in wanted.items() if own.get(name) != value)
    if not foreign:
        return None
    return {"extra_data": [f"Variables {', '.join(foreign)} are not allowed on launch: the template does not ask."]}


def _trimmed(name: str, value: Any) -> Any:
    return value.strip() if name in _TRIMMED and isinstance(value, str) else value


def _texts(fields: Fields) -> dict[str, list[str]]:
    """What is wrong with texts, whatever the resource is."""
    wrong: dict[str, list[str]] = {}
    for name, value in fields.items():
        if _has_null(value):
            wrong[_snake(name)] = [_NULL]
        elif isinstance(value, str) and len(value) > _LENGTHS.get(name, len(value)):
            wrong[_snake(name)] = [f"Ensure this field has no more than {_LENGTHS[name]} characters."]
        elif name in _VARIABLES and _variables(str(value or "")) is None:
            wrong[_snake(name)] = ["Cannot parse as JSON or YAML mapping."]
    return wrong


def _project(fields: Fields, find: Find) -> Refusal | None:
    kind = str(fields.get("scmType") or "")
    options = [name for name in _UPDATE_OPTIONS if fields.get(name)]
    if not kind and options:
        return 400, {_snake(options[0]): ["Update options must be set to false for manual projects."]}
    url = _INSIGHTS_URL if kind == "insights" else str(fields.get("scmUrl") or "")
    if reason := scm_urls.refusal(kind, url):
        return 400, {"scm_url": [reason]}
    wanted = "insights" if kind == "insights" else "scm"
    if kind == "insights" and not fields.get("credential"):
        return 400, {"credential": ["Insights Credential is required for an Insights Project."]}
    if kind and fields.get("credential") and _kind(fields["credential"], find) not in (wanted, ""):
        return 400, {"credential": [f"Credential kind must be '{wanted}'."]}
    return None


def _credential(fields: Fields, find: Find) -> Refusal | None:
    inputs: Mapping[str, str] = fields.get("inputs") or {}
    known = fields.get("vaultId")
    if known and inputs and inputs.get("vault_id") != known:
        return 400, {"inputs": ["Vault IDs cannot be changed once they have been created."]}
    return credentials.refusal(_type(fields, find), inputs)


def _job_template(fields: Fields, find: Find) -> Refusal | None:
    project = find("projects", int(fields.get("project") or 0))
    playbook = str(fields.get("playbook") or "")
    if not playbook:
        return 400, {"playbook": ["Must select playbook for project."]}
    manual = project is not None and not project.fields.get("scmType")
    anything = project is None or (not manual and project.fields.get("allowOverride"))
    if manual or not (anything or _can_be_listed(playbook)):
        return 400, {"playbook": ["Playbook not found for project."]}
    attached: Sequence[int] = fields.get("credentials") or ()
    for one in attached:
        if (kind := _kind(one, find)) and kind not in credentials.ATTACHABLE:
            return 400, {"error": f"Cannot assign a Credential of kind `{kind}`."}
    for first, second in combinations(attached, 2):
        if (same := _exclusive(first, find)) and same == _exclusive(second, find):
            return 400, {"error": f"Cannot assign multiple {same[0]} credentials."}
    return None


def _inventory(fields: Fields, _: Find) -> Refusal | None:
    hosts: Mapping[str, Fields] = fields.get("hosts") or {}
    groups: Mapping[str, Fields] = fields.get("groups") or {}
    for name, entry in [*hosts.items(), *groups.items()]:
        if wrong := _texts({**entry, "name": name}):
            return 400, wrong
    for name in hosts:
        port = name.partition(":")[2]
        if name.count(":") == 1 and not (port.strip().isdecimal() and 1 <= int(port) <= 65535):
            return 400, {"name": [f"Invalid port specification: {port}"]}
    for name in groups:
        if name in ("all", "_meta"):
            return 400, {"name": ["Invalid group name."]}
        if name in hosts:
            return 400, {"__all__": ["A Host with that name already exists."]}
    try:
        TopologicalSorter({name: group.get("children") or () for name, group in groups.items()}).prepare()
    except CycleError:
        return 400, {"error": "Cyclical Group association."}
    return None


def _schedule(fields: Fields, _: Find) -> Refusal | None:
    found = recurrences.refusals(str(fields.get("rrule") or ""))
    return (400, {"rrule": found}) if found else None


_CHECKS: Mapping[str, Callable[[Fields, Find], Refusal | None]] = {
    "projects": _project,
    "credentials": _credential,
    "job_templates": _job_template,
    "inventories": _inventory,
    "schedules": _schedule,
}


def _can_be_listed(playbook: str) -> bool:
    """Whether a project's list of playbooks can ever have this path."""
    path = PurePosixPath(playbook)
    folders = path.parts[:-1]
    hidden = any(part.startswith(".") or part in _NO_PLAYBOOKS for part in folders)
    return path.suffix in (".yml", ".yaml") and str(path) == playbook and not path.is_absolute() and not hidden


def _type(fields: Fields, find: Find) -> str:
    found = find("credential_types", int(fields.get("credentialType") or 0))
    return found.name if found else ""


def _kind(credential: int, find: Find) -> str:
    found = find("credentials", credential)
    return credentials.kind_of(_type(found.fields, find)) if found else ""


def _exclusive(credential: int, find: Find) -> tuple[str, str] | None:
    """Of credentials with the same of these, a job template takes one."""
    found = find("credentials", credential)
    return (_type(found.fields, find), str(found.fields.get("vaultId") or "")) if found else None


def _has_null(value: object) -> bool:
    if isinstance(value, Mapping):
        value = [*cast("Mapping[str, object]", value).items()]
    if isinstance(value, list | tuple):
        return any(_has_null(one) for one in cast("Sequence[object]", value))
    return isinstance(value, str) and "\0" in value


def _snake(name: str) -> str:
    return re.sub(r"(?=[A-Z])", "_", name).lower()


def _variables(text: str) -> dict[str, object] | None:
    try:
        found: object = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError):
        return None
    if found is None:
        return {}
    return cast("dict[str, object]", found) if isinstance(found, dict) else None
