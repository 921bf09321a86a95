"""The copy of the cluster's objects that the stand-in works from."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from contextlib import suppress

from rehearsal.kubernetes.async_api import AsyncApi
from rehearsal.kubernetes.kubeconfig import load
from rehearsal.operator.cache import Cache, Key
from tests.rehearsal.rehearsed import DEADLINE, Cluster

CONFIG_MAPS = "/api/v1/namespaces/default/configmaps"


def watch(cluster: Cluster, path: str, steps: Callable[[Cache, list[Key]], Awaitable[None]]) -> None:
    """Run `steps` beside a cache of `path`; they are given the keys that it has told so far."""

    async def run() -> None:
        kubeconfig = load(str(cluster.kubeconfig))
        told: list[Key] = []
        async with AsyncApi(kubeconfig, kubeconfig.trust()) as client:
            cache = Cache(client, path, told.append)
            task = asyncio.create_task(cache.run())
            try:
                await asyncio.wait_for(steps(cache, told), DEADLINE)
            finally:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task

    asyncio.run(run())


async def until(holds: Callable[[], object]) -> None:
    while not holds():
        await asyncio.sleep(0.02)


def test_a_collection_that_is_not_served_is_never_in_sync(control_plane: Cluster) -> None:
    async def steps(cache: Cache, told: list[Key]) -> None:
        await until(lambda: "does not serve" in cache.problem)
        assert not cache.synced.is_set()
        assert told == []

    watch(control_plane, "/apis/not.there/v1/things", steps)


def test_what_comes_and_goes_is_told(control_plane: Cluster) -> None:
    name = f"watched-{uuid.uuid4().hex[:8]}"
    key = ("default", name)

    async def steps(cache: Cache, told: list[Key]) -> None:
        await cache.synced.wait()
        assert cache.get(key) is None
        control_plane.api.create(CONFIG_MAPS, {"metadata": {"name": name}, "data": {"a": "1"}})
        await until(lambda: key in told)
        assert (cache.get(key) or {})["data"] == {"a": "1"}
        told.clear()
        control_plane.api.delete(f"{CONFIG_MAPS}/{name}")
        await until(lambda: key in told)
        assert cache.get(key) is None

    watch(control_plane, CONFIG_MAPS, steps)


def test_an_older_object_never_replaces_a_newer_one(control_plane: Cluster) -> None:
    def version(number: int) -> dict[str, object]:
        return {"metadata": {"namespace": "default", "name": "one", "resourceVersion": str(number)}}

    async def run() -> None:
        kubeconfig = load(str(control_plane.kubeconfig))
        async with AsyncApi(kubeconfig, kubeconfig.trust()) as client:
            cache = Cache(client, CONFIG_MAPS, lambda _: None)
            cache.put(version(9))
            cache.put(version(10))
            cache.put(version(8))
            assert cache.get(("default", "one")) == version(10)

    asyncio.run(run())
