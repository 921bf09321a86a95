"""Runs the Pulumi command so that Ctrl-C ends it in order."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from pulumi.automation import CommandResult, PulumiCommand
from pulumi.automation.errors import CommandError, create_command_error

from rehearsal.progress import Progress

Line = Callable[[str], object]

_DEATH_SIGNAL = 1
"""PR_SET_PDEATHSIG in linux/prctl.h."""
_TIED = f"""
import ctypes, os, sys
ctypes.CDLL(None).prctl({_DEATH_SIGNAL}, {signal.SIGKILL.value})
if os.getppid() == int(sys.argv[1]):
    os.execvp(sys.argv[2], sys.argv[2:])
"""
"""Becomes the command in its arguments, which the operating system kills as soon as the thread that started it ends."""


class EngineCommand(PulumiCommand):
    """The Automation API's command, in a session of its own.

    A Ctrl-C at the terminal would reach the engine and this process at once, and the engine would lose the program and
    the providers that this process serves. Here the first one asks the engine to finish what is in flight; a second one
    ends it. When this process is killed, Linux kills the engine at once: otherwise it would take the lost providers for
    failures and forget the objects that they were making.

    Args:
        root: the folder whose `bin/pulumi` is run; None for the one on PATH.
        progress: where an interruption is announced.
    """

    def __init__(self, root: Path | None, progress: Progress) -> None:
        super().__init__(root=str(root) if root else None, skip_version_check=True)
        self._progress = progress

    def run(
        self,
        args: list[str],
        cwd: str,
        additional_env: Mapping[str, str],
        on_output: Line | None = None,
        on_error: Line | None = None,
    ) -> CommandResult:
        """Run one command without prompts; see the base class.

        Raises:
            KeyboardInterrupt: it was interrupted; the engine has ended.
            pulumi.automation.CommandError: it failed.
        """
        environment = {**os.environ, **additional_env, "PULUMI_AUTOMATION_API": "true"}
        with (
            subprocess.Popen(
                [*_tied(), self.command, "--non-interactive", *args],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=cwd,
                env=environment,
                text=True,
                encoding="utf-8",
                errors="replace",
                start_new_session=True,
            ) as process,
            self._interruptible(process) as interrupted,
        ):
            stdout, stderr = _collect(process, on_output, on_error)
            process.wait()
        if interrupted:
            raise KeyboardInterrupt
        result = CommandResult(stdout=stdout, stderr=stderr, code=process.returncode)
        if process.returncode != 0:
            raise create_command_error(result)
        return result

    @contextmanager
    def _interruptible(self, process: subprocess.Popen[str]) -> Generator[list[int]]:
        received: list[int] = []

        def forward(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
            received.append(number)
            if len(received) == 1:
                self._progress.line("interrupted: the engine finishes what is in flight; again to end it at once")
                process.send_signal(signal.SIGINT)
            else:
                process.kill()

        if threading.current_thread() is not threading.main_thread():
            yield received
            return
        numbers = (signal.SIGINT, signal.SIGTERM)
        before = {number: signal.signal(number, forward) for number in numbers}
        try:
            yield received
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _tied() -> list[str]:
    """What to put before a command so that it ends with this process; nothing where the system cannot do it."""
    return [sys.executable, "-I", "-S", "-c", _TIED, str(os.getpid())] if sys.platform == "linux" else []


def _collect(process: subprocess.Popen[str], on_output: Line | None, on_error: Line | None) -> tuple[str, str]:
    """Read both streams to their ends, handing on each line as it comes."""
    assert process.stdout is not None
    assert process.stderr is not None
    errors: list[str] = []

    def read_errors() -> None:
        assert process.stderr is not None
        for line in process.stderr:
            errors.append(line.rstrip())
            if on_error:
                on_error(errors[-1])

    reader = threading.Thread(target=read_errors, daemon=True)
    reader.start()
    output: list[str] = []
    for line in process.stdout:
        output.append(line.rstrip())
        if on_output:
            on_output(output[-1])
    reader.join()
    return "\n".join(output), "\n".join(errors)


def error_lines(error: CommandError) -> str:
    """The engine's own error lines, for the end of a message: not every command's output is shown as it comes."""
    stripped = [line.strip().removeprefix("stderr: ") for line in str(error).splitlines()]
    lines = [f"    {line}" for line in dict.fromkeys(stripped) if line.startswith("error:")]
    return "\n".join([", see above:", *lines]) if lines else ", see above"
