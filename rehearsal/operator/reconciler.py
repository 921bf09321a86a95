"""Brings one custom resource in line with Forail, and says in its status how that went."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from rehearsal.kubernetes.async_api import AsyncApi
from rehearsal.kubernetes.exchange import ApiFailure
from rehearsal.kubernetes.objects import KubeObject, annotation, at, mapping, name_of, namespace_of
from rehearsal.operator.cache import Cache, Key
from rehearsal.operator.conditions import conditions, now
from rehearsal.operator.forail import Forail, ForailError
from rehearsal.operator.instances import InstanceError, Instances
from rehearsal.operator.inventories import inventory
from rehearsal.operator.kinds import (
    API as PATH,
)
from rehearsal.operator.kinds import (
    CREDENTIAL,
    FORAIL_INSTANCE,
    INVENTORY,
    JOB_TEMPLATE,
    ORGANIZATION,
    PROJECT,
    SCHEDULE,
    TEAM,
    WORKFLOW,
    Kind,
)
from rehearsal.operator.passes import API, RESOLVE, Pass, PassError, Status
from rehearsal.operator.simple_kinds import credential, job_template, organization, project, schedule, team
from rehearsal.operator.typed import with_finalizers
from rehearsal.operator.workflows import workflow

FIELD_MANAGER = "manager"
"""The name of the operator's binary, which is what it writes as."""
FAIL = "rehearsal.forail/fail"
"""Annotation: its text is what Forail is made to answer to every attempt at the resource; deletion is not held up."""
_PASSES: Mapping[Kind, Callable[[Pass], Status]] = {
    ORGANIZATION: organization,
    TEAM: team,
    CREDENTIAL: credential,
    PROJECT: project,
    INVENTORY: inventory,
    JOB_TEMPLATE: job_template,
    SCHEDULE: schedule,
    WORKFLOW: workflow,
}


class DeletionBlockedError(Exception):
    """Forail did not delete; the finalizer stays, and nothing of this is seen in the status."""


@dataclass(frozen=True)
class Periods:
    """Seconds until the next pass.

    Args:
        resync: after a success.
        retry: after a failure.
    """

    resync: float = 60.0
    retry: float = 30.0


@dataclass(frozen=True)
class Reconciler:
    """The nine controllers.

    Args:
        client: the operator's own account.
        caches: the custom resources.
        secret: finds a Secret by namespace and name.
        instances: finds the client for a Forail.
        periods: times between passes.
    """

    client: AsyncApi
    caches: Mapping[Kind, Cache]
    secret: Callable[[Key], KubeObject | None]
    instances: Instances
    periods: Periods

    async def reconcile(self, kind: Kind, key: Key) -> float | None:
        """One pass; returns seconds until the next, None when there is nothing left to do.

        Raises:
            ApiFailure: the Kubernetes API refused; the key is to be tried again.
            DeletionBlockedError: Forail refused a deletion; likewise.
        """
        obj = self.caches[kind].get(key)
        if kind is FORAIL_INSTANCE:
            self.instances.forget(key)
            return None if obj is None else await self._probe(obj, key)
        if obj is None:
            return None
        if at(obj, "metadata", "deletionTimestamp"):
            await self._release(kind, obj)
            return None
        finalizers = list(at(obj, "metadata", "finalizers") or [])
        if kind.finalizer not in finalizers:
            obj = await self._put(kind, with_finalizers(obj, kind, [*finalizers, kind.finalizer]))
        return await self._sync(kind, obj)

    async def _sync(self, kind: Kind, obj: KubeObject) -> float:
        status = dict(mapping(obj, "status"))
        try:
            status |= _PASSES[kind](await self._pass(kind, obj))
        except PassError as error:
            text = str(error)
            status["conditions"] = conditions(obj, ("Ready", "Synced"), False, error.reason, (text, text))
            await self._put_status(kind, obj, status)
            return self.periods.retry
        status["observedGeneration"] = at(obj, "metadata", "generation")
        messages = (f"{kind.name} is in sync with Forail", "")
        status["conditions"] = conditions(obj, ("Synced", "Ready"), True, "InSync", messages)
        await self._put_status(kind, obj, status)
        return self.periods.resync

    async def _pass(self, kind: Kind, obj: KubeObject) -> Pass:
        forail = await self._forail(obj)
        if failure := annotation(obj, FAIL):
            raise PassError(API, failure)
        namespace = namespace_of(obj)
        return Pass(kind, obj, forail, lambda name: self.secret((namespace, name)))

    async def _forail(self, obj: KubeObject) -> Forail:
        instance = str(at(obj, "spec", "forailInstance") or "")
        try:
            return await self.instances.client_for((namespace_of(obj), instance))
        except InstanceError as error:
            raise PassError(RESOLVE, f"forail instance: {error}") from error

    async def _release(self, kind: Kind, obj: KubeObject) -> None:
        finalizers: list[str] = list(at(obj, "metadata", "finalizers") or [])
        if kind.finalizer not in finalizers:
            return
        identifier = int(at(obj, "status", "forailId") or 0)
        if identifier > 0:
            try:
                (await self._forail(obj)).delete(kind.resource, identifier)
            except (PassError, ForailError) as error:
                raise DeletionBlockedError(f"delete forail {kind.name} {identifier}: {error}") from error
        rest = [finalizer for finalizer in finalizers if finalizer != kind.finalizer]
        try:
            await self._put(kind, with_finalizers(obj, kind, rest))
        except ApiFailure as error:
            if error.status != 404:
                raise

    async def _probe(self, obj: KubeObject, key: Key) -> float:
        status = {name: value for name, value in mapping(obj, "status").items() if name != "reachable"}
        status["lastChecked"] = now()
        try:
            forail = await self.instances.client_for(key)
            if failure := annotation(obj, FAIL):
                raise ForailError(failure)
            status |= {"serverVersion": forail.ping(), "reachable": True}
            outcome = True, "Healthy", "Forail reachable"
        except InstanceError as error:
            outcome = False, "Resolve", str(error)
        except ForailError as error:
            outcome = False, "Unreachable", f"ping: {error}"
        status["conditions"] = conditions(obj, ("Ready",), outcome[0], outcome[1], (outcome[2],))
        await self._put_status(FORAIL_INSTANCE, obj, status)
        return self.periods.resync if outcome[0] else self.periods.retry

    async def _put_status(self, kind: Kind, obj: KubeObject, status: Status) -> None:
        # Empty fields are not encoded, and an update that changes nothing would make no event.
        status = {name: value for name, value in status.items() if value}
        if status != mapping(obj, "status"):
            await self._put(kind, {**obj, "status": status}, "/status")

    async def _put(self, kind: Kind, obj: KubeObject, subresource: str = "") -> KubeObject:
        path = f"{PATH}/namespaces/{namespace_of(obj)}/{kind.plural}/{name_of(obj)}{subresource}"
        answer = await self.client.put(path, obj, FIELD_MANAGER)
        # Without its last finalizer the object is gone already, and its deletion is yet to be seen.
        if at(answer, "metadata", "finalizers") or not at(answer, "metadata", "deletionTimestamp"):
            self.caches[kind].put(answer)
        return answer
