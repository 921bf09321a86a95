"""The five claims: size, class, access mode, or a claim that already exists."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, cast

from pydantic import Field, model_validator

from ..schema.section import Laid, Section
from ..schema.values import DnsSubdomain, Memory
from ..schema.words import ConflictError


class AccessMode(StrEnum):
    """How many nodes may mount a claim."""

    READ_WRITE_ONCE = "ReadWriteOnce"
    READ_WRITE_MANY = "ReadWriteMany"


def _or_empty(schema: dict[str, Any]) -> None:
    """The chart's way to say the default class, which becomes None before the field is checked."""
    schema["anyOf"].append({"const": ""})


class ClaimSettings(Section):
    """One PersistentVolumeClaim, or the name of one that exists."""

    size: Memory
    """Requested size. It can grow in place where the class allows it; a claim never shrinks."""
    storage_class: Annotated[DnsSubdomain | None, Field(json_schema_extra=_or_empty)] = None
    """StorageClass; left out or empty, the cluster's default."""
    access_mode: AccessMode = AccessMode.READ_WRITE_ONCE
    """`ReadWriteOnce` pins every pod that mounts the claim to one node; `ReadWriteMany` does not."""
    existing_claim: DnsSubdomain | None = None
    """A claim that exists already; it is mounted and not changed. Only `accessMode` may be given with it."""

    @model_validator(mode="before")
    @classmethod
    def _as_the_chart_writes_it(cls, given: Any) -> Any:
        """The chart writes the default class as an empty string; an existing claim keeps its own size and class."""
        if not isinstance(given, dict):
            return given
        mapping = cast("dict[str, Any]", given)
        if mapping.get("storageClass") == "":
            mapping = {key: value for key, value in mapping.items() if key != "storageClass"}
        if mapping.get("existingClaim") is not None and isinstance(given, Laid):
            for key in ("size", "storageClass"):
                if key in given.written and key in mapping:
                    raise ConflictError(
                        key, "has no effect beside existingClaim, which keeps its own: drop one of the two"
                    )
        return mapping

    @property
    def pins_to_one_node(self) -> bool:
        """Whether pods that share this claim must share a node."""
        return self.access_mode is AccessMode.READ_WRITE_ONCE
