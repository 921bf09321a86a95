"""What is sent to the API: the spec without what the operator would drop, and with its defects worked around."""

from __future__ import annotations

import json
from typing import cast

from ...api.kinds import Kind
from ...api.models import Inventory
from ..check import rrule
from ..check.operator_defects import ESCAPED, NO_VARIABLES, drops, enables
from ..read import yaml_text
from ..read.own_secret import TOKEN_KEY, secret_name
from ..read.resource import Resource


def spec_of(resource: Resource) -> dict[str, object]:
    """The custom resource's `spec`, camelCase.

    What is absent, a default, false, 0 or empty is left out: the operator's first write drops those, and a refresh
    would see it. `enabled: false` stays, since its absence means true. Secret configuration becomes a reference to the
    Secret of `secret_name`; workflow nodes and schedules get a text of variables. Texts are as Forail stores them,
    which the types of the models say.
    """
    dumped = resource.spec.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    spec = cast("dict[str, object]", _pruned(dumped))
    match resource.kind:
        case Kind.CREDENTIAL | Kind.FORAIL_INSTANCE:
            _name_secret(resource, spec)
        case Kind.SCHEDULE:
            spec["rrule"] = rrule.parse(str(spec.get("rrule", ""))).text
            spec["extraData"] = _compared_alike(str(spec.get("extraData", NO_VARIABLES)))
        case Kind.WORKFLOW:
            for node in cast("list[dict[str, object]]", spec.get("nodes", [])):
                node.setdefault("extraData", NO_VARIABLES)
        case _:
            pass
    return spec


def finalizers_of(resource: Resource) -> list[str]:
    """Finalizers that it must be created with: the operator's own, on an inventory with a disabled host."""
    spec, finalizer = resource.spec, resource.kind.finalizer
    if finalizer is None or not isinstance(spec, Inventory) or not enables([host.enabled for host in spec.hosts]):
        return []
    return [finalizer]


def _compared_alike(variables: str) -> str:
    """The same variables in a text that the operator writes as Forail does."""
    if not any(character in variables for character in ESCAPED):
        return variables
    written = json.dumps(yaml_text.variables(variables))
    for character in ESCAPED:
        written = written.replace(character, f"\\u{ord(character):04x}")
    return written


def _pruned(value: object) -> object:
    if isinstance(value, dict):
        # Inputs are the owner's own keys, and an empty value is one.
        items = cast("dict[str, object]", value).items()
        inner = {name: item if name == "inputs" else _pruned(item) for name, item in items}
        return {name: item for name, item in inner.items() if not drops(name, item)}
    if isinstance(value, list):
        return [_pruned(item) for item in cast("list[object]", value)]
    return value


def _name_secret(resource: Resource, spec: dict[str, object]) -> None:
    name = secret_name(resource)
    for item in cast("list[dict[str, object]]", spec.get("inputsFrom", [])):
        if "secretConfig" in cast("dict[str, object]", item["valueFrom"]):
            item["valueFrom"] = {"name": name, "key": item["name"]}
    if "secretConfig" in cast("dict[str, object]", spec.get("tokenSecretRef", {})):
        spec["tokenSecretRef"] = {"name": name, "key": TOKEN_KEY}
