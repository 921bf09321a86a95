"""The base of every model, and the value types of the API."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from textwrap import dedent
from typing import Annotated

from pydantic import AfterValidator, Field, PlainSerializer, StrictBool, StrictInt, StrictStr, model_validator

from ...schema.section import Section

INT32_MAX = 2**31 - 1

STACK_ONLY = "x-stack-only"
"""Marks, in a model's JSON schema, what the stack understands and the API does not: it stays out of the CRD."""


class Shape(Section):
    """A mapping of a manifest. A field that may be left out is None or empty then; what the CRD has a default for has
    the same one here.
    """

    @model_validator(mode="before")
    @classmethod
    def _lay_over_defaults(cls, given: object) -> object:
        # No manifest has a default that is a mapping; there are thousands of manifests.
        return given


class Spec(Shape):
    """The `spec` of one kind."""


def _storable(text: str) -> str:
    if "\0" in text:
        raise ValueError("holds a NUL character, which Forail's database cannot store: remove it")
    # A file cannot give these; a program can.
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("holds half a character, which neither Kubernetes nor Forail can store: remove it")
    return text


def at_most(longest: int) -> AfterValidator:
    """Refuses text of more than `longest` characters, as a column of Forail does after it trimmed it."""

    def check(text: str) -> str:
        if len(text) > longest and len(text.strip()) > longest:
            raise ValueError(f"has {len(text.strip())} characters, and Forail takes at most {longest}: shorten it")
        return text

    return AfterValidator(check)


def variables_as_stored(text: str) -> str:
    """Variables as Forail stores them, without white space around them.

    An indentation of all of their lines goes too: without it, the first would stand out from the others.
    """
    lines = text.lstrip("\n").partition("\n")[0]
    return (dedent(text) if lines[:1].isspace() else text).strip()


def _stored(as_stored: Callable[[str], str]) -> PlainSerializer:
    return PlainSerializer(as_stored, return_type=str)


Text = Annotated[StrictStr, AfterValidator(_storable)]
"""Text that is sent as it is written: references, credential inputs and `extraData`."""
Prose = Annotated[Text, _stored(str.strip)]
"""Text that Forail stores without the white space around it; written with some, the operator would send it again every
minute. Columns of backend 2026.07.1 that a REST framework's CharField fills."""
Variables = Annotated[Text, _stored(variables_as_stored)]
"""Variables in YAML or JSON, which Forail trims too."""
Name = Annotated[Text, at_most(512)]
"""The name of something in Forail. Others refer to it, so white space around it is refused and not removed."""
Flag = StrictBool
Count = Annotated[StrictInt, Field(ge=0, le=INT32_MAX, json_schema_extra={"format": "int32"})]
"""A whole number from 0 on that the API keeps in 32 bits."""
Tally = Annotated[StrictInt, Field(json_schema_extra={"format": "int32"})]
Identifier = Annotated[StrictInt, Field(json_schema_extra={"format": "int64"})]


class ConditionStatus(StrEnum):
    """Whether a condition holds."""

    TRUE = "True"
    FALSE = "False"
    UNKNOWN = "Unknown"


class Condition(Shape):
    """One aspect of the state that the operator last saw."""

    last_transition_time: datetime
    """When `status` last changed; another reason or message alone does not move it."""
    message: Annotated[StrictStr, Field(max_length=32768)]
    """What happened, in words; after a failure the answer of Forail, with its URL. Empty for Ready=True."""
    observed_generation: Annotated[Identifier, Field(ge=0)] | None = None
    """The `metadata.generation` that this condition speaks of."""
    reason: Annotated[
        StrictStr, Field(min_length=1, max_length=1024, pattern=r"^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$")
    ]
    """One word for the cause: InSync, ResolveError or ForailAPIError; of a ForailInstance Healthy, Resolve or
    Unreachable. A wrong token shows as any of the failures: read the message."""
    status: ConditionStatus
    """True, False or Unknown."""
    type: Annotated[
        StrictStr,
        Field(
            max_length=316,
            pattern=r"^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?"
            r"(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$",
        ),
    ]
    """Ready, and on every kind but ForailInstance also Synced. Their order in the list is not fixed."""


class Status(Shape):
    """What the operator writes back."""

    conditions: Annotated[
        tuple[Condition, ...],
        Field(json_schema_extra={"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["type"]}),
    ] = ()
    """The state, aspect by aspect."""


class ObjectStatus(Status):
    """The status of everything that lives in Forail."""

    forail_id: Identifier | None = None
    """Primary key in Forail; unset until a first pass succeeded from end to end."""
    observed_generation: Identifier | None = None
    """The `metadata.generation` that was last applied without an error."""
