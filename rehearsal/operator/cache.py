"""A copy of some of the cluster's objects, kept fresh by list and watch."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from typing import TypeAlias

from rehearsal.kubernetes.async_api import AsyncApi
from rehearsal.kubernetes.exchange import ApiError, ApiFailure
from rehearsal.kubernetes.objects import KubeObject, at, items, name_of, namespace_of

Key: TypeAlias = tuple[str, str]
"""Namespace and name."""
_RETRY_SECONDS = 1.0
_LOG = logging.getLogger(__name__)


class Cache:
    """The objects of one collection.

    Args:
        client: who reads.
        path: the collection's.
        changed: told the key of whatever appears, changes or goes.
    """

    def __init__(self, client: AsyncApi, path: str, changed: Callable[[Key], None]) -> None:
        self.path = path
        self.synced = asyncio.Event()
        self.problem = "it has not been read yet"
        self._client = client
        self._changed = changed
        self._objects: dict[Key, KubeObject] = {}

    def get(self, key: Key) -> KubeObject | None:
        """The object as it was last seen."""
        return self._objects.get(key)

    def __iter__(self) -> Iterator[KubeObject]:
        return iter(list(self._objects.values()))

    def put(self, obj: KubeObject) -> None:
        """Take over an answer to a write of ours, unless a watch was faster."""
        key = key_of(obj)
        known = self._objects.get(key)
        if known is None or _version(known) < _version(obj):
            self._objects[key] = obj

    async def run(self) -> None:
        """Keep the copy fresh for ever; what cannot be read is tried again each second."""
        while True:
            try:
                version = await self._list()
                async for change, obj in self._client.watch(self.path, version):
                    self._see(change, obj)
            except ApiFailure as error:
                if str(error) != self.problem:
                    self.problem = str(error)
                    # A definition that is to come, or has just come, is not worth a line.
                    level = logging.DEBUG if error.status in (404, 429) else logging.WARNING
                    _LOG.log(level, "%s: %s", self.path, error)
                await asyncio.sleep(_RETRY_SECONDS)

    async def _list(self) -> str:
        found = await self._client.get(self.path)
        fresh = {} if found is None else {key_of(obj): obj for obj in items(found, "items")}
        stale = [key for key, obj in fresh.items() if _version(obj) != _version(self._objects.get(key, {}))]
        gone = [key for key in self._objects if key not in fresh]
        self._objects = fresh
        for key in [*stale, *gone]:
            self._changed(key)
        if found is None:
            raise ApiError(404, "NotFound", "the API server does not serve it")
        self.problem = ""
        self.synced.set()
        return str(at(found, "metadata", "resourceVersion"))

    def _see(self, change: str, obj: KubeObject) -> None:
        key = key_of(obj)
        if change == "DELETED":
            self._objects.pop(key, None)
        elif _version(self._objects.get(key, {})) >= _version(obj):
            return  # our own write, whose answer came first
        else:
            self._objects[key] = obj
        self._changed(key)


def key_of(obj: KubeObject) -> Key:
    """Namespace and name of an object."""
    return namespace_of(obj), name_of(obj)


def _version(obj: KubeObject) -> int:
    return int(at(obj, "metadata", "resourceVersion") or 0)
