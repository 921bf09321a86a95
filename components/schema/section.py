"""The base of every section: frozen, camelCase keys, unknown keys refused."""

from __future__ import annotations

from typing import Any, cast

from pydantic import BaseModel, ConfigDict, GetJsonSchemaHandler, model_validator
from pydantic.alias_generators import to_camel
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from . import descriptions


class Laid(dict[str, Any]):
    """A mapping of the stack file with defaults laid under it; it remembers which keys were written."""

    def __init__(self, defaults: dict[str, Any], given: dict[str, Any]) -> None:
        super().__init__({**defaults, **given})
        self.written = frozenset(given)


class Section(BaseModel):
    """One mapping of the stack file: frozen, camelCase keys, unknown keys refused, and no value echoed in an error.

    A mapping given for a field whose default is itself a section is laid over that default, so that
    `task.resources.limits.memory: 6Gi` changes one number and keeps the others.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
        hide_input_in_errors=True,
        validate_default=False,
    )

    @model_validator(mode="before")
    @classmethod
    def _lay_over_defaults(cls, given: Any) -> Any:
        if not isinstance(given, dict) or isinstance(given, Laid):
            return cast("Any", given)
        laid = dict(cast("dict[str, Any]", given))
        for field in cls.model_fields.values():
            key, default = str(field.alias), field.default
            if isinstance(default, Section) and isinstance(laid.get(key), dict):
                laid[key] = default.under(laid[key])
        return laid

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        form = handler(schema)
        properties = handler.resolve_ref_schema(form)["properties"]
        for key, text in descriptions.of(cls).items():
            properties[key]["description"] = text
        return form

    def under(self, given: dict[str, Any]) -> dict[str, Any]:
        """`given` laid over this section, mapping by mapping; another `mode` shares no defaults."""
        defaults = self.model_dump(by_alias=True, exclude_none=True, mode="json")
        if given.get("mode", defaults.get("mode")) != defaults.get("mode"):
            return given
        laid = Laid(defaults, given)
        for attribute, field in type(self).model_fields.items():
            key, below = str(field.alias), getattr(self, attribute)
            if isinstance(below, Section) and isinstance(given.get(key), dict):
                laid[key] = below.under(given[key])
        return laid
