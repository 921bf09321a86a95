"""What Forail's API refuses, as far as content meets it."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any, cast

import yaml

_PEM = re.compile(r"-----BEGIN (?P<what>[A-Z ]+)-----(?P<body>.*?)-----END (?P=what)-----", re.DOTALL)
_PEM_HEADER = re.compile(r"^[A-Za-z-]+:.*$", re.MULTILINE)
SSH_KEY = "ssh_key_data"


def refusal(resource: str, fields: Mapping[str, Any]) -> tuple[int, object] | None:
    """Status and body with which a record of `fields` is refused, None when it is not."""
    if resource == "schedules":
        return _schedule(str(fields.get("rrule", "")))
    key = fields.get("inputs", {}).get(SSH_KEY) if resource == "credentials" else None
    # The backend does not catch what its decoder throws at a body that is no key.
    return (500, {"detail": "A server error has occurred."}) if key and not _is_key(key) else None


def prompts(template: Mapping[str, Any], extra_data: str) -> object | None:
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


def stored(resource: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields as the simulation keeps them: inputs of credentials leave no trace."""
    return {name: value for name, value in fields.items() if (resource, name) != ("credentials", "inputs")}


def _schedule(rrule: str) -> tuple[int, object] | None:
    if not rrule.startswith("DTSTART"):
        return 400, {"rrule": ["A valid DTSTART is required in rrule."]}
    if "INTERVAL=" not in rrule.upper():
        return 400, {"rrule": ["INTERVAL is required in rrule."]}
    return None


def _is_key(text: str) -> bool:
    found = _PEM.search(text)
    if found is None:
        return False
    try:
        return len(base64.b64decode("".join(_PEM_HEADER.sub("", found["body"]).split()), validate=True)) > 0
    except binascii.Error:
        return False


def _variables(text: str) -> dict[str, object] | None:
    try:
        found: object = yaml.safe_load(text)
    except yaml.YAMLError:
        return None
    if found is None:
        return {}
    return cast("dict[str, object]", found) if isinstance(found, dict) else None
