"""CustomResourceDefinitions, generated from the models."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from pydantic import BaseModel

from .kinds import API_VERSION, CATEGORY, GROUP, VERSION, Column, Kind
from .models import SPECS, STATUSES
from .models.base import INT32_MAX, STACK_ONLY

Schema = dict[str, object]

# `title` repeats the field's name; a structural schema prunes unknown fields by itself, and the API server rejects
# `additionalProperties: false`.
_DROPPED = ("title", "additionalProperties", STACK_ONLY, "discriminator")


def custom_resource_definition(kind: Kind) -> dict[str, object]:
    """The CustomResourceDefinition of `kind`, as apiextensions.k8s.io/v1."""
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": kind.crd_name},
        "spec": {
            "group": GROUP,
            "names": {
                "kind": kind.value,
                "listKind": kind.list_kind,
                "plural": kind.plural,
                "singular": kind.singular,
                "shortNames": list(kind.short_names),
                "categories": [CATEGORY],
            },
            "scope": "Namespaced",
            "versions": [
                {
                    "name": VERSION,
                    "served": True,
                    "storage": True,
                    "subresources": {"status": {}},
                    "additionalPrinterColumns": [_column(column) for column in kind.columns],
                    "schema": {"openAPIV3Schema": _root(kind)},
                }
            ],
        },
    }


def schema_of(model: type[BaseModel]) -> Schema:
    """The structural schema of `model`: references inlined, and nothing in it that only the stack understands."""
    full = model.model_json_schema(by_alias=True, mode="validation")
    definitions = cast("Mapping[str, Schema]", full.pop("$defs", {}))
    return _structural(full, definitions)


def _root(kind: Kind) -> Schema:
    spec, status = schema_of(SPECS[kind]), schema_of(STATUSES[kind])
    return {
        "type": "object",
        "description": spec["description"],
        "required": ["spec"],
        "properties": {
            "apiVersion": {"type": "string", "description": f"Version of the object's schema: {API_VERSION}."},
            "kind": {"type": "string", "description": f"Kind of the object: {kind}."},
            "metadata": {"type": "object"},
            "spec": {**spec, "description": "What is wanted."},
            "status": {**status, "description": "What the operator last saw; nobody else writes it."},
        },
    }


def _column(column: Column) -> Schema:
    entry: Schema = {"name": column.name, "type": column.type, "jsonPath": column.path}
    return {**entry, "priority": 1} if column.wide else entry


def _structural(schema: Mapping[str, object], definitions: Mapping[str, Schema]) -> Schema:
    """`schema` in the subset of JSON Schema that Kubernetes takes."""
    merged = _resolved(schema, definitions)
    found = {key: value for key, value in merged.items() if key not in _DROPPED}
    if isinstance(inner := merged.get("additionalProperties"), dict):
        found["additionalProperties"] = _structural(cast("Schema", inner), definitions)
    if "items" in merged:
        found["items"] = _structural(cast("Schema", merged["items"]), definitions)
    if "properties" in merged:
        properties = cast("Mapping[str, Schema]", merged["properties"])
        found["properties"] = {name: _structural(inner, definitions) for name, inner in properties.items()}
    # Absent is the API's word for these; a default would be stored.
    if "default" in found and found["default"] in (None, [], {}):
        del found["default"]
    # The format says it.
    if found.get("format") == "int32" and found.get("maximum") == INT32_MAX:
        del found["maximum"]
    if isinstance(found.get("description"), str):
        found["description"] = " ".join(cast("str", found["description"]).split())
    return found


def _resolved(schema: Mapping[str, object], definitions: Mapping[str, Schema]) -> Schema:
    """`schema` with its reference, or the one branch of a union that the API knows, laid under it."""
    if "$ref" in schema:
        target = definitions[str(schema["$ref"]).rpartition("/")[2]]
        own = {key: value for key, value in schema.items() if key != "$ref"}
        return {**_resolved(target, definitions), **own}
    union = next((key for key in ("anyOf", "oneOf") if key in schema), None)
    if union is not None:
        branches = [_resolved(branch, definitions) for branch in cast("list[Schema]", schema[union])]
        known = [branch for branch in branches if branch.get("type") != "null" and STACK_ONLY not in branch]
        own = {key: value for key, value in schema.items() if key != union}
        if len(known) != 1:
            raise TypeError(f"the API has no unions, and this field is one of {len(known)} types: {own}")
        return {**known[0], **own}
    return dict(schema)
