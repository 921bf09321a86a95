"""One pass of the operator over one custom resource: what every kind has in common."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from rehearsal.kubernetes.objects import KubeObject, at, mapping, name_of
from rehearsal.operator.forail import Forail, ForailError
from rehearsal.operator.kinds import Kind
from rehearsal.operator.records import Record

_LOG = logging.getLogger(__name__)
RESOLVE, API = "ResolveError", "ForailAPIError"

Status: TypeAlias = dict[str, Any]
"""Fields of `status` beside conditions and generation."""


class PassError(Exception):
    """The pass ended early; reason and text go into the conditions."""

    def __init__(self, reason: str, text: str) -> None:
        super().__init__(text)
        self.reason = reason


@dataclass(frozen=True)
class Pass:
    """A pass.

    Args:
        kind: the resource's.
        obj: the resource.
        forail: the client for the Forail that it belongs to.
        secret: finds a Secret in its namespace by name.
    """

    kind: Kind
    obj: KubeObject
    forail: Forail
    secret: Callable[[str], KubeObject | None]

    @property
    def spec(self) -> KubeObject:
        return mapping(self.obj, "spec")

    @property
    def name(self) -> str:
        """The object's name in Forail."""
        return self.spec.get("name") or name_of(self.obj)

    @property
    def forail_id(self) -> int:
        """The primary key that a former pass noted; 0 before the first success."""
        return int(at(self.obj, "status", "forailId") or 0)

    def field(self, *names: str) -> dict[str, Any]:
        """These fields of the spec as they are."""
        return {name: self.spec.get(name) for name in names}

    def resolve(self, resource: str, what: str, name: str, where: str = " in Forail", wrap: bool = True) -> int:
        """The primary key of the one record with this name.

        Args:
            resource: in paths of the API.
            what: the word for it in messages.
            name: the name.
            where: how the message about its absence ends.
            wrap: whether the message about a failed call names the reference.

        Raises:
            PassError: there is none, there are several, or the call failed.
        """
        try:
            found = self.forail.find(resource, name)
        except ForailError as error:
            raise PassError(RESOLVE, f'resolve {what} "{name}": {error}' if wrap else str(error)) from error
        if found is None:
            raise PassError(RESOLVE, f'{what} "{name}" not found{where}')
        return found.id

    def place(
        self,
        desired: Mapping[str, Any],
        noun: str = "",
        always: tuple[str, ...] = (),
        write_only: Mapping[str, Any] | None = None,
    ) -> Record:
        """Find the object by key, then by name, make it or correct it.

        Args:
            desired: its fields; empty ones are not sent.
            noun: what the message about a failed write says.
            always: fields that are sent even when empty.
            write_only: fields that are sent but never read back.

        Raises:
            PassError: a call failed.
        """
        resource, noun = self.kind.resource, f" {noun}" if noun else ""
        sent = {name: value for name, value in desired.items() if value or name in always}
        sent |= write_only or {}
        try:
            current = self.forail.get(resource, self.forail_id) if self.forail_id else None
            current = current or self.forail.find(resource, self.name, self.kind.name)
        except ForailError as error:
            raise PassError(API, str(error)) from error
        verb = "update" if current else "create"
        try:
            if current is None:
                return self.forail.create(resource, self.name, sent)
            differing = [
                name for name, value in desired.items() if (current.fields.get(name) or None) != (value or None)
            ]
            if differing or current.name != self.name:
                # A line each minute tells a value that Forail never keeps as it is sent.
                _LOG.info("%s %s: Forail holds another %s", self.kind.name, self.name, ", ".join(differing) or "name")
                return self.forail.change(current, resource, self.name, sent)
        except ForailError as error:
            raise PassError(API, f"{verb}{noun}: {error}") from error
        return current

    def amend(self, record: Record, **fields: object) -> None:
        """Write what belongs to the record but is sent by calls of its own, if it differs.

        Raises:
            ForailError: the call failed.
        """
        if any(record.fields.get(name) != value for name, value in fields.items()):
            self.forail.change(record, self.kind.resource, record.name, {**record.fields, **fields})
