"""Refuses a rename that would cost an object in Forail: the operator finds objects by name, and deletes them by id."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast
from urllib.parse import quote

import pulumi

from ...api.kinds import Kind
from ...record import fail
from ..check.index import Index
from ..check.known import Known
from ..problems import quoted
from ..read.resource import Resource


class Renames:
    """Which resource holds each object of Forail, kept in the stack's state.

    Every object has a record of its own, made before its resource and removed after it: whatever an `up` leaves
    undone, a resource that is in the state has a record there. Nothing is read, and no record is needed to delete.
    """

    def __init__(self, name: str, resources: Iterable[Resource], parent: pulumi.Resource) -> None:
        self._parent, self._prefix = parent, name
        self._index = Index.of(resources, Known())
        self._holders: dict[str, Resource] = {}
        self._declared = {(one.kind, one.namespace, one.name) for one in self._index.resources}
        # Records in the states of stacks name it. No delete hook: a plain `pulumi destroy` would need the program.
        self._hook = pulumi.ResourceHook(f"{name}-rename", self._check, pulumi.ResourceHookOptions(on_dry_run=True))

    def record(self, resource: Resource) -> pulumi.Resource | None:
        """The record of the object that `resource` makes, which `resource` must depend on.

        It waits for nothing, so that an `up` that fails early has written it all the same. None for a ForailInstance,
        which is not an object in Forail.
        """
        if resource.kind is Kind.FORAIL_INSTANCE:
            return None
        name = self._name(resource)
        self._holders[name] = resource
        return pulumi.Stash(
            name,
            input={"namespace": resource.namespace, "name": resource.name},
            opts=pulumi.ResourceOptions(
                parent=self._parent, hooks=pulumi.ResourceHookBinding(before_update=[self._hook])
            ),
        )

    def _name(self, resource: Resource) -> str:
        """Kind, Forail and name of the object, so that another resource with the same finds the same record."""
        parts = (resource.kind.singular, *self._index.home(resource).split(), resource.forail_name)
        # Names in Forail hold anything, and URNs are typed into shells.
        return f"{self._prefix}-{'/'.join(quote(part, safe='') for part in parts)}"

    def _check(self, args: pulumi.ResourceHookArgs) -> None:
        new, old = self._holders[args.name], _held(args.old_inputs)
        if old == (new.namespace, new.name):
            return
        fail(f"{new.kind} {'/'.join(old)}: its rename is refused, see there")
        raise pulumi.RunError(self._refusal(new, old, args.urn))

    def _refusal(self, new: Resource, old: tuple[str, str], record: str) -> str:
        former, latter = "/".join(old), f"{new.namespace}/{new.name}"
        said = f"{new.kind} {former} is {quoted(new.forail_name)} in Forail, and now {latter} takes that name. "
        if (new.kind, *old) in self._declared:
            return (
                f"{said}{former} gets another in the same change, and the operator makes the two in no order: one "
                f"would take over the object of the other. Run `pulumi up` with the change of {former} first, then "
                f"with that of {latter}; where they swap names, by way of a third name."
            )
        return (
            f"{said}The operator would give the object to {latter}, and then delete it in Forail, with its history, "
            f"when {former} is removed. Keep metadata.name and metadata.namespace as they were. To rename it and keep "
            'the object, take the steps of docs/operations.md, "Rename content". To delete it and make it again, run '
            f"`pulumi up` without it first. If {former} was never made, `pulumi state delete '{record}'` forgets it."
        )


def _held(inputs: Mapping[str, Any] | None) -> tuple[str, str]:
    """Namespace and name that a record holds."""
    held = cast("Mapping[str, object]", (inputs or {}).get("input", {}))
    return str(held.get("namespace", "")), str(held.get("name", ""))
