"""One run of the operator: caches first, then one worker for each kind."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from functools import partial

from rehearsal.kubernetes.async_api import AsyncApi
from rehearsal.kubernetes.exchange import ApiFailure
from rehearsal.kubernetes.objects import KubeObject, at, items, name_of, namespace_of
from rehearsal.operator.cache import Cache, Key
from rehearsal.operator.cores import Cores
from rehearsal.operator.instances import Instances
from rehearsal.operator.kinds import API, CREDENTIAL, FORAIL_INSTANCE, KINDS, Kind
from rehearsal.operator.process import Process
from rehearsal.operator.queue import Queue
from rehearsal.operator.reconciler import DeletionBlockedError, Periods, Reconciler
from rehearsal.operator.records import Records

SYNC_SECONDS = 120.0
"""How long the operator waits for its caches before it gives up and its container restarts."""
_LOG = logging.getLogger(__name__)


class Controllers:
    """The operator's controllers, for as long as one pod of it is the ready one.

    Args:
        process: the operator.
        client: acts as its account.
        cores: the Forails that there are.
        records: what they hold.
        periods: times between passes.
    """

    def __init__(self, process: Process, client: AsyncApi, cores: Cores, records: Records, periods: Periods) -> None:
        self._process = process
        self._queues = {kind: Queue() for kind in KINDS}
        self._caches = {kind: Cache(client, f"{API}/{kind.plural}", self._queues[kind].add) for kind in KINDS}
        paths = [f"/api/v1/namespaces/{one}/secrets" for one in process.secret_namespaces] or ["/api/v1/secrets"]
        self._secrets = [Cache(client, path, self._secret_changed) for path in paths]
        instances = Instances(
            cores, records, process.url, process.token, self._caches[FORAIL_INSTANCE].get, self._secret
        )
        self._reconciler = Reconciler(client, self._caches, self._secret, instances, periods)

    async def run(self) -> None:
        """Work until cancelled."""
        everything = [*self._caches.values(), *self._secrets]
        try:
            async with asyncio.TaskGroup() as group:
                for cache in everything:
                    group.create_task(cache.run())
                await self._synced(everything)
                _LOG.info("%s starts its workers", self._process.name)
                for kind, queue in self._queues.items():
                    group.create_task(self._work(kind, queue))
        finally:
            for queue in self._queues.values():
                queue.close()

    async def _synced(self, caches: list[Cache]) -> None:
        """No controller works before every cache has been read once: a missing right stops all nine."""
        while True:
            try:
                async with asyncio.timeout(SYNC_SECONDS):
                    for cache in caches:
                        await cache.synced.wait()
                return
            except TimeoutError:
                missing = "; ".join(f"{cache.path}: {cache.problem}" for cache in caches if not cache.synced.is_set())
                _LOG.error("%s cannot read what it needs and would exit here: %s", self._process.name, missing)

    async def _work(self, kind: Kind, queue: Queue) -> None:
        while True:
            key = await queue.next()
            again: Callable[[Key], object] = queue.add_failed
            try:
                seconds = await self._reconciler.reconcile(kind, key)
                queue.forget_failures(key)
                again = (lambda _: None) if seconds is None else partial(queue.add_after, seconds=seconds)
            except (ApiFailure, DeletionBlockedError) as error:
                stale = isinstance(error, ApiFailure) and error.status == 409
                _LOG.log(logging.DEBUG if stale else logging.WARNING, "%s %s: %s", kind.name, "/".join(key), error)
            except Exception:
                # As the operator's own framework does: one bad object must not stop the others.
                _LOG.exception("%s %s: this is a defect of the stand-in", kind.name, "/".join(key))
            again(key)

    def _secret(self, key: Key) -> KubeObject | None:
        return next((found for cache in self._secrets if (found := cache.get(key)) is not None), None)

    def _secret_changed(self, key: Key) -> None:
        for credential in self._caches[CREDENTIAL]:
            sources = [at(entry, "valueFrom", "name") for entry in items(credential, "spec", "inputsFrom")]
            if namespace_of(credential) == key[0] and key[1] in sources:
                self._queues[CREDENTIAL].add((key[0], name_of(credential)))
