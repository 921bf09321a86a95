"""Creates, changes and deletes one object, the way the official provider does."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rehearsal.kubernetes.api import APPLY_PATCH, JSON_PATCH, Api, ResourceType
from rehearsal.kubernetes.exchange import ApiError
from rehearsal.kubernetes.objects import (
    KubeObject,
    annotation,
    at,
    describe,
    group_kind,
    is_true,
    name_of,
    namespace_of,
)
from rehearsal.providers.calls import ProviderError
from rehearsal.providers.kubernetes import ownership
from rehearsal.providers.kubernetes.annotations import DELETION_PROPAGATION, PATCH_FORCE

_ATTEMPTS = 6  # one, and five more while the namespace or the kind's definition is not there yet
_FIRST_PAUSE = 0.25  # seconds; doubles each time
_DRY_RUN = {"dryRun": "All"}
_POLICIES = {"foreground": "Foreground", "background": "Background", "orphan": "Orphan"}


class KindMissing(ProviderError):  # noqa: N818 - says what is missing, like the API's own reasons
    """The API server does not serve the kind (yet)."""


@dataclass(frozen=True)
class Writer:
    """Writes to one API server."""

    api: Api
    strict: bool
    force_conflicts: bool
    upsert: bool

    def find(self, obj: KubeObject) -> ResourceType:
        """Where the object's kind lives.

        Raises:
            KindMissing: the API server does not serve it.
        """
        kind = self.api.find(str(obj.get("apiVersion")), str(obj.get("kind")))
        if kind is None:
            raise KindMissing(
                f"{self.api.server} does not know {obj.get('apiVersion')} {obj.get('kind')}: "
                "install its CustomResourceDefinition first (depends_on) or correct apiVersion and kind"
            )
        return kind

    def get(self, obj: KubeObject) -> KubeObject | None:
        """The live object, None when there is none."""
        return self.api.get(self.find(obj).path(namespace_of(obj), name_of(obj)))

    def create(self, obj: KubeObject, manager: str, cancelled: threading.Event) -> KubeObject:
        """POST the object, or apply it where objects that exist are taken over, retrying while its namespace or kind
        does not exist yet.

        Args:
            obj: the object.
            manager: its field manager; a POST has that of all.
            cancelled: ends the retries.

        Raises:
            ProviderError: it exists already, another field manager owns fields of it, or the server refuses it.
        """
        pause = _FIRST_PAUSE
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                return self._make(obj, manager, self._forced(obj))
            except KindMissing:
                if attempt == _ATTEMPTS or cancelled.wait(pause):
                    raise
            except ApiError as error:
                if error.reason == "AlreadyExists":
                    raise already_exists(obj) from None
                if error.status == 409:
                    raise _conflict(obj, error) from None
                if error.status != 404 or attempt == _ATTEMPTS or cancelled.wait(pause):
                    raise refused(obj, "created", error) from None
            pause *= 2
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _make(self, obj: KubeObject, manager: str, forced: bool, extra: Mapping[str, str] | None = None) -> KubeObject:
        kind = self.find(obj)
        if self.upsert:
            return self._apply(kind, obj, {**_apply_params(manager, forced), **(extra or {})})
        params = {"fieldManager": ownership.CREATE_MANAGER, **self._validation(), **(extra or {})}
        return self.api.request("POST", kind.path(namespace_of(obj)), body=obj, params=params)

    def preview_create(self, obj: KubeObject) -> KubeObject | None:
        """What the object would become, None when the server cannot say yet.

        Raises:
            ProviderError: the server would refuse the object.
        """
        try:
            # The official provider forces what it creates in a preview, so that a conflict shows in the real run only.
            return self._make(obj, ownership.new_manager(), True, _DRY_RUN)
        except KindMissing:
            return None
        except ApiError as error:
            if error.reason in ("NotFound", "Forbidden", "AlreadyExists"):
                return None
            raise refused(obj, "created", error) from None

    def update(self, obj: KubeObject, manager: str, ignored: Sequence[str] = ()) -> KubeObject:
        """Apply the object with its own field manager; definitions of kinds are replaced by PUT.

        Args:
            obj: the object.
            manager: its field manager.
            ignored: property paths to leave to whoever else owns them.

        Raises:
            ProviderError: a conflict, or the server refuses the change.
        """
        kind = self.find(obj)
        try:
            if group_kind(obj)[1] == "CustomResourceDefinition":
                return self._put(kind, obj, manager)
            live = self._hand_over(kind, obj, manager)
            body = ownership.without_foreign_fields(obj, live, ignored, manager)
            return self._apply(kind, body, _apply_params(manager, self._forced(obj)))
        except ApiError as error:
            raise _update_refusal(obj, error) from None

    def preview_update(self, obj: KubeObject, manager: str, ignored: Sequence[str] = ()) -> KubeObject | None:
        """What the object would become, None when the server cannot say.

        Raises:
            ProviderError: a conflict, or the server would refuse the change.
        """
        kind = self.api.find(str(obj.get("apiVersion")), str(obj.get("kind")))
        if kind is None or group_kind(obj)[1] == "CustomResourceDefinition":
            return None
        try:
            live = self.api.request("GET", kind.path(namespace_of(obj), name_of(obj)))
            # Ownership is handed over by the real update only: until then our own create would conflict.
            params = _apply_params(manager, self._forced(obj) or ownership.owned_by_create(live))
            body = ownership.without_foreign_fields(obj, live, ignored, manager)
            return self._apply(kind, body, {**params, **_DRY_RUN})
        except ApiError as error:
            if error.status in (403, 404):
                return None
            raise _update_refusal(obj, error) from None

    def _forced(self, obj: KubeObject) -> bool:
        return is_true(obj, PATCH_FORCE) or self.force_conflicts

    def _apply(self, kind: ResourceType, obj: KubeObject, params: Mapping[str, str]) -> KubeObject:
        path = kind.path(namespace_of(obj), name_of(obj))
        query = {**params, **self._validation()}
        return self.api.request("PATCH", path, body=obj, params=query, content_type=APPLY_PATCH)

    def _hand_over(self, kind: ResourceType, obj: KubeObject, manager: str) -> KubeObject:
        """Make `manager` the owner of what Pulumi's create wrote; returns the live object."""
        path = kind.path(namespace_of(obj), name_of(obj))
        for attempt in range(1, _ATTEMPTS + 1):
            live = self.api.request("GET", path)
            fields = ownership.hand_over(live, manager)
            if fields is None:
                return live
            version = live["metadata"]["resourceVersion"]
            patch = [
                {"op": "replace", "path": "/metadata/managedFields", "value": fields},
                {"op": "replace", "path": "/metadata/resourceVersion", "value": version},
            ]
            try:
                return self.api.request("PATCH", path, body=patch, content_type=JSON_PATCH)
            except ApiError as error:
                # A controller wrote in between: take its version and try again.
                if error.status != 409 or attempt == _ATTEMPTS:
                    raise
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _put(self, kind: ResourceType, obj: KubeObject, manager: str) -> KubeObject:
        path = kind.path(namespace_of(obj), name_of(obj))
        live = self.api.request("GET", path)
        metadata = {**obj["metadata"], "resourceVersion": live["metadata"]["resourceVersion"]}
        params = {"fieldManager": manager, **self._validation()}
        return self.api.request("PUT", path, body={**obj, "metadata": metadata}, params=params)

    def _validation(self) -> dict[str, str]:
        return {"fieldValidation": "Strict" if self.strict else "Ignore"}

    def delete(self, kind: ResourceType, obj: KubeObject) -> KubeObject | None:
        """Ask for deletion; returns the object while something still holds it, None when it is gone.

        Raises:
            ProviderError: the server refuses.
        """
        policy = annotation(obj, DELETION_PROPAGATION).lower() or "foreground"
        if policy not in _POLICIES:
            raise ProviderError(
                f"{describe(obj)}: {DELETION_PROPAGATION} is {policy!r}: use one of {', '.join(_POLICIES)}"
            )
        options = {"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": _POLICIES[policy]}
        try:
            answer = self.api.request("DELETE", kind.path(namespace_of(obj), name_of(obj)), body=options)
        except ApiError as error:
            if error.status == 404:
                return None
            raise refused(obj, "deleted", error) from None
        return answer if at(answer, "metadata", "uid") else None


def _apply_params(manager: str, forced: bool) -> dict[str, str]:
    return {"fieldManager": manager, "force": str(forced).lower()}


def refused(obj: KubeObject, action: str, error: ApiError) -> ProviderError:
    """The server's refusal with the object it is about."""
    return ProviderError(f"{describe(obj)} could not be {action}: the API server says {error.status}: {error}")


def already_exists(obj: KubeObject) -> ProviderError:
    """The refusal to take over an object that this stack did not create."""
    return ProviderError(
        f"{describe(obj)} already exists and is not in this stack. To take it over, import it "
        f"(`pulumi import`, or the resource option `import_`); to make a new one, delete the old one or choose "
        "another name; after a rename in the program, give the resource option `aliases` its old name"
    )


def _update_refusal(obj: KubeObject, error: ApiError) -> ProviderError:
    if error.status == 404:
        return ProviderError(
            f"{describe(obj)} could not be updated: it was deleted outside of Pulumi. Run `pulumi refresh`, "
            "then the next `pulumi up` creates it again"
        )
    return _conflict(obj, error) if error.status == 409 else refused(obj, "updated", error)


def _conflict(obj: KubeObject, error: ApiError) -> ProviderError:
    return ProviderError(
        f"{describe(obj)} could not be applied: another field manager owns fields that the program sets: {error}. "
        "Remove the fields from the program (or list them in `ignore_changes`), take them from the other manager, "
        f'or overwrite them with the annotation {PATCH_FORCE}: "true"'
    )
