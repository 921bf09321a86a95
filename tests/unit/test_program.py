"""What a run of the program inside the rehearsal's process leaves behind."""

from __future__ import annotations

import asyncio
from pathlib import Path

from rehearsal.program import Program


def test_the_loop_that_the_sdk_left_open_is_closed(tmp_path: Path) -> None:
    """As where a preview fails; a loop that nobody closes is a warning in whatever runs when it is collected."""
    (tmp_path / "__main__.py").write_text("")
    program, loop = Program(tmp_path), asyncio.new_event_loop()

    async def run() -> None:
        program()

    with program.prepared({}):
        loop.run_until_complete(run())
    assert loop.is_closed()
