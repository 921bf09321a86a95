"""What a run of the program inside the rehearsal's process leaves behind."""

from __future__ import annotations

import asyncio
import gc
from pathlib import Path

from rehearsal.program import Program


def left_open(folder: Path) -> int:
    """Run a program as the SDK does where a preview fails, and let go of its loop."""
    program, loop = Program(folder), asyncio.new_event_loop()

    async def run() -> None:
        program()

    with program.prepared({}):
        loop.run_until_complete(run())
    assert not loop.is_closed(), "the SDK may still be at work on it"
    return id(loop)


def open_loops() -> set[int]:
    """Every event loop that nobody has closed."""
    loops = [item for item in gc.get_objects() if isinstance(item, asyncio.BaseEventLoop)]
    return {id(loop) for loop in loops if not loop.is_closed()}


def test_a_loop_that_the_sdk_left_open_is_closed_before_the_next_run(tmp_path: Path) -> None:
    """Nobody may collect it before: Python would warn in the middle of something else."""
    (tmp_path / "__main__.py").write_text("")
    left = left_open(tmp_path)
    gc.collect()
    assert left in open_loops()
    with Program(tmp_path).prepared({}):
        assert left not in open_loops()
