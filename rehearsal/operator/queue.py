"""Keys that wait for a worker: each at most once, some only after a while."""

from __future__ import annotations

import asyncio

from rehearsal.operator.cache import Key

_FIRST_SECONDS = 0.005
_LONGEST_SECONDS = 1000.0
"""The bounds of the operator's own back-off, which doubles in between."""


class Queue:
    """A work queue for one worker."""

    def __init__(self) -> None:
        self._ready: asyncio.Queue[Key] = asyncio.Queue()
        self._waiting: set[Key] = set()
        self._timers: dict[Key, asyncio.TimerHandle] = {}
        self._failures: dict[Key, int] = {}

    def add(self, key: Key) -> None:
        """Hand out `key` as soon as the worker is free; one that waits already is not added again."""
        if key not in self._waiting:
            self._waiting.add(key)
            self._ready.put_nowait(key)

    def add_after(self, key: Key, seconds: float) -> None:
        """Add `key` later, or when it was to be added earlier anyway, then."""
        loop = asyncio.get_running_loop()
        pending = self._timers.get(key)
        if pending is not None:
            if pending.when() <= loop.time() + seconds:
                return
            pending.cancel()
        self._timers[key] = loop.call_later(seconds, self._due, key)

    def add_failed(self, key: Key) -> float:
        """Add `key` after a time that doubles with each failure in a row; returns it, in seconds."""
        failures = self._failures.get(key, 0)
        self._failures[key] = failures + 1
        seconds = min(_FIRST_SECONDS * 2.0 ** min(failures, 30), _LONGEST_SECONDS)
        self.add_after(key, seconds)
        return seconds

    def forget_failures(self, key: Key) -> None:
        """The next failure of `key` is the first again."""
        self._failures.pop(key, None)

    def close(self) -> None:
        """Cancel what was to come later."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()

    async def next(self) -> Key:
        """The key that waits longest, once there is one."""
        key = await self._ready.get()
        self._waiting.discard(key)
        return key

    def _due(self, key: Key) -> None:
        self._timers.pop(key, None)
        self.add(key)
