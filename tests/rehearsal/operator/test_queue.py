"""The order and the times in which keys reach the worker."""

import asyncio

from rehearsal.operator.queue import Queue
from tests.rehearsal.rehearsed import DEADLINE

ONE, TWO = ("content", "one"), ("content", "two")


def test_a_key_waits_at_most_once_and_in_turn() -> None:
    async def run() -> list[tuple[str, str]]:
        queue = Queue()
        for key in (ONE, TWO, ONE):
            queue.add(key)
        taken = [await queue.next(), await queue.next()]
        queue.add(ONE)
        return [*taken, await queue.next()]

    assert asyncio.run(run()) == [ONE, TWO, ONE]


def test_the_earlier_of_two_times_counts() -> None:
    async def run() -> list[tuple[str, str]]:
        queue = Queue()
        queue.add_after(ONE, 0.0)
        queue.add_after(ONE, 3600)
        queue.add_after(TWO, 3600)
        queue.add_after(TWO, 0.0)
        taken = [await asyncio.wait_for(queue.next(), DEADLINE) for _ in range(2)]
        queue.close()
        return taken

    assert asyncio.run(run()) == [ONE, TWO]


def test_failures_double_the_time_up_to_a_limit_and_success_forgets_them() -> None:
    async def run() -> tuple[list[float], float]:
        queue = Queue()
        waits = [queue.add_failed(ONE) for _ in range(20)]
        queue.forget_failures(ONE)
        again = queue.add_failed(ONE)
        queue.close()
        return waits, again

    waits, again = asyncio.run(run())
    assert waits[:4] == [0.005, 0.01, 0.02, 0.04]
    assert waits[-1] == 1000
    assert again == 0.005
