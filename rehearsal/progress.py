"""Progress for the reader, on standard error: standard output is kept for data."""

import sys
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import TextIO

TERMINAL_BEAT = 1.0
LOG_BEAT = 15.0


class Progress:
    """Writes one line per step; a step that takes long repeats itself with the elapsed time.

    Args:
        stream: where lines go; standard error of the moment by default.
        beat: seconds between two signs of life; 1 on a terminal (the line is redrawn), else 15.
    """

    def __init__(self, stream: TextIO | None = None, beat: float | None = None) -> None:
        self._stream = stream
        self._beat = beat

    @property
    def stream(self) -> TextIO:
        return self._stream or sys.stderr

    def line(self, text: str) -> None:
        """Write one line at once."""
        self.stream.write(f"{text}\n")
        self.stream.flush()

    @contextmanager
    def step(self, label: str) -> Generator[None]:
        """Show `label` with the time it has taken so far, until the block ends."""
        terminal = self.stream.isatty()
        beat = self._beat or (TERMINAL_BEAT if terminal else LOG_BEAT)
        started = time.monotonic()
        done = threading.Event()

        def show() -> None:
            while not done.wait(beat):
                text = f"{label} ... {_elapsed(started)}"
                self.stream.write(f"\r\033[K{text}" if terminal else f"{text}\n")
                self.stream.flush()

        if not terminal:
            self.line(f"{label} ...")
        heart = threading.Thread(target=show, daemon=True)
        heart.start()
        outcome = "failed"
        try:
            yield
            outcome = "done"
        finally:
            done.set()
            heart.join()
            prefix = "\r\033[K" if terminal else ""
            self.line(f"{prefix}{label}: {outcome} in {_elapsed(started)}")


def _elapsed(started: float) -> str:
    seconds = time.monotonic() - started
    return f"{seconds:.1f} s" if seconds < 60 else f"{int(seconds) // 60} min {int(seconds) % 60:02d} s"
