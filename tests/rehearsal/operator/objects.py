"""The cluster's objects as a test of the stand-in operator handles them."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from components.api.definitions import custom_resource_definition
from components.api.kinds import API_VERSION, Kind
from rehearsal.kubernetes.api import APPLY_PATCH, Api
from rehearsal.kubernetes.exchange import ApiError
from rehearsal.kubernetes.objects import KubeObject, at, condition
from tests.rehearsal.rehearsed import eventually

CONTENT = f"/apis/{API_VERSION}"
"""Where custom resources live."""


@dataclass
class Objects:
    """The cluster's objects, and the memory of what must go when the test is over."""

    api: Api
    made: list[str] = field(default_factory=list[str])

    def apply(self, obj: KubeObject, manager: str = "pulumi") -> KubeObject:
        """Server-side apply, as the provider does it."""
        path = self.path_of(obj)
        if path not in self.made:
            self.made.append(path)
        params = {"fieldManager": manager, "force": "true"}
        return self.api.request("PATCH", path, body=obj, params=params, content_type=APPLY_PATCH)

    def get(self, path: str) -> KubeObject | None:
        return self.api.get(path)

    def delete(self, path: str) -> None:
        with suppress(ApiError):
            self.api.request("DELETE", path, params={"propagationPolicy": "Background"})

    def path_of(self, obj: KubeObject) -> str:
        kind = self.api.find(obj["apiVersion"], obj["kind"])
        assert kind is not None, f"{obj['apiVersion']} {obj['kind']} is not served"
        return kind.path(at(obj, "metadata", "namespace") or "", at(obj, "metadata", "name"))

    def namespace(self, prefix: str) -> str:
        """A namespace of its own for one test."""
        name = f"{prefix}-{uuid.uuid4().hex[:8]}"
        self.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
        return name

    def define(self) -> None:
        """The nine definitions, once the API server answers for each."""
        for kind in Kind:
            self.apply(custom_resource_definition(kind))
        for kind in Kind:
            eventually(f"{kind} answers", lambda kind=kind: self._answers(f"{CONTENT}/{kind.plural}"))

    def undefine(self) -> None:
        """Delete what `define` made, and wait until it is gone."""
        self.clear()
        for path in self.made:
            eventually(f"deletion of {path}", lambda path=path: self.get(path) is None)

    def clear(self) -> None:
        """Delete everything that was applied, last first, each custom resource before what it needs."""
        for path in reversed(self.made):
            self.delete(path)
            if path.startswith(CONTENT):
                eventually(f"deletion of {path}", lambda path=path: self.get(path) is None)

    def _answers(self, path: str) -> bool:
        # A new definition is first not served, then for a moment not stored.
        with suppress(ApiError):
            return self.get(path) is not None
        return False


@dataclass
class Content:
    """Custom resources in one namespace."""

    objects: Objects
    namespace: str

    def apply(self, kind: Kind, name: str, spec: KubeObject, **metadata: Any) -> KubeObject:
        meta = {"name": name, "namespace": self.namespace, **metadata}
        return self.objects.apply({"apiVersion": API_VERSION, "kind": kind.value, "metadata": meta, "spec": spec})

    def secret(self, name: str, **values: str) -> None:
        self.objects.apply(secret(self.namespace, name, **values))

    def path(self, kind: Kind, name: str) -> str:
        return f"{CONTENT}/namespaces/{self.namespace}/{kind.plural}/{name}"

    def get(self, kind: Kind, name: str) -> KubeObject | None:
        return self.objects.get(self.path(kind, name))

    def delete(self, kind: Kind, name: str) -> None:
        self.objects.delete(self.path(kind, name))

    def synced(self, kind: Kind, name: str) -> KubeObject:
        """The resource, once its condition is True for its present generation."""
        return self.until(kind, name, lambda obj: says(obj, kind.condition, "True"), "to be in sync")

    def failed(self, kind: Kind, name: str, text: str) -> KubeObject:
        """The resource, once its condition is False with `text` in the message."""

        def fails(obj: KubeObject) -> bool:
            found = condition(obj, kind.condition) or {}
            return says(obj, kind.condition, "False") and text in found["message"]

        return self.until(kind, name, fails, f"to fail with {text!r}")

    def gone(self, kind: Kind, name: str) -> None:
        """Returns once there is no such resource."""
        eventually(f"deletion of {kind} {name}", lambda: self.get(kind, name) is None)

    def until(self, kind: Kind, name: str, holds: Callable[[KubeObject], bool], what: str) -> KubeObject:
        """The resource, once `holds` is true of it."""
        found: list[KubeObject] = []

        def check() -> bool:
            obj = self.get(kind, name)
            found[:] = [obj] if obj is not None and holds(obj) else []
            return bool(found)

        try:
            eventually(f"{kind} {name} {what}", check)
        except AssertionError as error:
            raise AssertionError(f"{error}; its status: {at(self.get(kind, name), 'status')}") from None
        return found[0]


def says(obj: KubeObject, kind: str, status: str) -> bool:
    """Whether a condition has this status for the object's present generation."""
    found = condition(obj, kind) or {}
    return found.get("status") == status and found.get("observedGeneration") == at(obj, "metadata", "generation")


def secret(namespace: str, name: str, **values: str) -> KubeObject:
    data = {key: base64.b64encode(value.encode()).decode() for key, value in values.items()}
    meta = {"name": name, "namespace": namespace}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": meta, "type": "Opaque", "data": data}
