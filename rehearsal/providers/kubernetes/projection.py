"""The live object seen through a program's inputs: what a refresh compares."""

from __future__ import annotations

import base64
import re
from decimal import Decimal
from typing import Any

from rehearsal.kubernetes.objects import KubeObject, at, mapping
from rehearsal.providers.wire import is_list, is_map

_QUANTITY = re.compile(r"(?P<number>[+-]?\d+(?:\.\d+)?)(?P<suffix>[KMGTPE]i|[numkMGTPE]?)")
_SUFFIXES = {
    **{"": Decimal(1), "n": Decimal("1e-9"), "u": Decimal("1e-6"), "m": Decimal("1e-3"), "k": Decimal(1000)},
    **{letter: Decimal(1000) ** power for power, letter in enumerate("MGTPE", start=2)},
    **{f"{letter}i": Decimal(1024) ** power for power, letter in enumerate("KMGTPE", start=1)},
}
_QUANTITY_PARENTS = frozenset({"requests", "limits", "hard", "capacity", "min", "max", "default", "defaultRequest"})
_QUANTITY_KEYS = frozenset({"sizeLimit", "maxUnavailable", "averageValue"})
_SERVER_METADATA = ("creationTimestamp", "generation", "managedFields", "resourceVersion", "selfLink", "uid")


def project(live: KubeObject, inputs: KubeObject) -> KubeObject:
    """The live values of exactly the fields that `inputs` has.

    Fields that the server or a controller added are left out; a value that the server only spells
    differently (a quantity, an omitted zero) keeps the spelling of the inputs, so that only real drift shows.
    """
    secret_text: object = inputs.get("stringData")
    if is_map(secret_text):
        live = {**live, "stringData": _decoded(at(live, "data"), secret_text)}
    return _project_map(live, inputs)


def without_server_fields(live: KubeObject) -> KubeObject:
    """The live object as inputs for a program that has none yet (an import)."""
    metadata = {key: value for key, value in mapping(live, "metadata").items() if key not in _SERVER_METADATA}
    return {**{key: value for key, value in live.items() if key != "status"}, "metadata": metadata}


def _decoded(data: object, wanted: KubeObject) -> KubeObject:
    found = {key: at(data, key) for key in wanted}
    return {
        key: base64.b64decode(value).decode(errors="replace") for key, value in found.items() if isinstance(value, str)
    }


def _project_map(live: KubeObject, inputs: KubeObject, parent: str = "") -> KubeObject:
    result: KubeObject = {}
    for key, wanted in inputs.items():
        if key in live:
            result[key] = _project(live[key], wanted, key, parent)
        elif _is_zero(wanted):
            result[key] = wanted
    return result


def _project(live: object, wanted: object, key: str, parent: str) -> Any:
    if is_map(live) and is_map(wanted):
        return _project_map(live, wanted, key)
    if is_list(live) and is_list(wanted):
        return _project_list(live, wanted, key)
    is_quantity = parent in _QUANTITY_PARENTS or key in _QUANTITY_KEYS
    same: bool = is_quantity and _same_quantity(str(live), str(wanted))
    return wanted if same else live


def _project_list(live: list[Any], wanted: list[Any], key: str) -> list[Any]:
    if _are_named(wanted) and _are_named(live):
        # Named items (containers, volumes, env) may stand beside items of other managers.
        by_name = {item["name"]: item for item in live}
        return [_project_map(by_name[item["name"]], item, key) for item in wanted if item["name"] in by_name]
    return [_project(item, wanted[index], key, "") if index < len(wanted) else item for index, item in enumerate(live)]


def _are_named(entries: list[Any]) -> bool:
    if not entries or not all(is_map(entry) for entry in entries):
        return False
    names = [entry.get("name") for entry in entries]
    return all(names) and len(set(names)) == len(names)


def _is_zero(value: object) -> bool:
    if is_map(value):
        return all(_is_zero(item) for item in value.values())
    return value is None or value in (False, 0, "", [])


def _same_quantity(live: str, wanted: str) -> bool:
    left, right = _amount(live), _amount(wanted)
    return left is not None and left == right


def _amount(value: str) -> Decimal | None:
    found = _QUANTITY.fullmatch(value)
    return Decimal(found["number"]) * _SUFFIXES[found["suffix"]] if found else None
