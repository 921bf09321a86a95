"""Sleeps until a pod of the operator is ready, and is that operator for as long as it lives."""

from __future__ import annotations

import asyncio
import logging
import ssl
from dataclasses import dataclass

from rehearsal.kubernetes.async_api import AsyncApi
from rehearsal.kubernetes.exchange import ApiFailure
from rehearsal.kubernetes.kubeconfig import Cluster
from rehearsal.kubernetes.objects import KubeObject, at
from rehearsal.operator import READY
from rehearsal.operator.cache import Cache
from rehearsal.operator.controllers import Controllers
from rehearsal.operator.cores import Cores
from rehearsal.operator.process import Process, running, start
from rehearsal.operator.reconciler import Periods
from rehearsal.operator.records import Records

_RETRY_SECONDS = 1.0
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Watchman:
    """The whole stand-in.

    Args:
        cluster: the API server, with an identity that may impersonate.
        records: the simulated Forails.
        periods: times between passes.
    """

    cluster: Cluster
    records: Records
    periods: Periods

    async def run(self) -> None:
        """Watch until cancelled."""
        trust = self.cluster.trust()
        changed = asyncio.Event()
        async with AsyncApi(self.cluster, trust) as client, asyncio.TaskGroup() as group:
            cores = Cores(client, self.records)
            pods = Cache(client, "/api/v1/pods", lambda _: changed.set())
            group.create_task(cores.run())
            group.create_task(pods.run())
            await pods.synced.wait()
            _LOG.info(READY)
            current, work = "", None
            changed.set()
            while True:
                await changed.wait()
                changed.clear()
                pod = running(pods)
                uid = "" if pod is None else str(at(pod, "metadata", "uid"))
                if uid == current:
                    continue
                await _end(work)
                current, work = "", None
                process = None if pod is None else await self._start(pod, client)
                if process is not None:
                    # In this group, so that a defect ends the stand-in and is seen.
                    current, work = uid, group.create_task(self._operate(process, trust, cores))
                elif pod is not None:
                    asyncio.get_running_loop().call_later(_RETRY_SECONDS, changed.set)

    async def _start(self, pod: KubeObject, client: AsyncApi) -> Process | None:
        try:
            return await start(pod, client, self.records)
        except ApiFailure as error:
            _LOG.warning("the operator's pod cannot be read: %s", error)
            return None

    async def _operate(self, process: Process, trust: ssl.SSLContext, cores: Cores) -> None:
        _LOG.info("%s is ready: it acts as %s on %s", process.name, process.account, process.url)
        try:
            async with AsyncApi(self.cluster, trust, process.account) as client:
                await Controllers(process, client, cores, self.records, self.periods).run()
        finally:
            _LOG.info("%s is no longer the ready pod", process.name)


async def _end(work: asyncio.Task[None] | None) -> None:
    if work is not None:
        work.cancel()
        await asyncio.wait([work])
