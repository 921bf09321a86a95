"""The command line: progress on standard error, data on standard output, 0 only when what was asked for is so."""

import argparse
import os
import shlex
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rehearsal import addons, files, leftovers, plugins
from rehearsal.control_plane import ControlPlane
from rehearsal.failure import RehearsalError
from rehearsal.progress import Progress
from rehearsal.simulation import Delays
from rehearsal.state import CHECKOUT, DEFAULT_ROOT, StateFolder, check_root, known_stacks
from rehearsal.toolchain import cache_folder

if TYPE_CHECKING:
    from rehearsal.engine import Engine

DEFAULT_STACK = "dev"
INTERRUPTED = 130
"""What a shell reports for a program that ended on Ctrl-C."""


class Options(argparse.Namespace):
    """What the command line said."""

    run: Callable[["Options", Progress], int]
    stack: str | None
    project: Path
    state: Path
    delays: Path | None
    expect_no_changes: bool
    json: bool
    show_secrets: bool


def main(arguments: Sequence[str]) -> int:
    """Run one command and return the process's exit code."""
    progress = Progress()
    options = Options(state=DEFAULT_ROOT)
    try:
        _parser().parse_args(arguments, namespace=options)
        return options.run(options, progress)
    except RehearsalError as error:
        progress.line(f"error: {error}")
        return 1
    except OSError as error:
        # A full disk is reported without the name of the file.
        progress.line(f"error: {files.explained(error, options.state)}")
        return 1
    except KeyboardInterrupt:
        progress.line(
            "interrupted; run the same command again to continue, or `python -m rehearsal down` to remove all"
        )
        return INTERRUPTED


def _up(options: Options, progress: Progress) -> int:
    state = _state(options)
    with state.locked(progress):
        try:
            engine = _engine(options, state, progress)
            plane = _control_plane(options, state, progress)
            plane.ensure()
            addons.ensure(plane, engine.project, state.stack)
            outputs = engine.up(expect_no_changes=options.expect_no_changes)
        finally:
            state.forget_if_empty()
    _print(outputs.as_table())
    progress.line(f"stack {state.stack} is up. Next:\n{_next_commands(options)}")
    return 0


def _next_commands(options: Options) -> str:
    """What to run next, with the interpreter and the flags of this run."""
    given = (
        ("--stack", options.stack, DEFAULT_STACK),
        ("--project", options.project, CHECKOUT),
        ("--state", options.state, DEFAULT_ROOT),
    )
    flags = "".join(f" {flag} {shlex.quote(str(value))}" for flag, value, usual in given if value not in (None, usual))
    interpreter = Path(sys.executable)
    if interpreter.is_relative_to(Path.cwd()):
        interpreter = interpreter.relative_to(Path.cwd())
    run = f"{shlex.quote(str(interpreter))} -m rehearsal"
    return (
        f'  export KUBECONFIG="$({run} kubeconfig{flags})" && kubectl get all --all-namespaces\n'
        f"  {run} outputs --json --show-secrets{flags}\n"
        f"  {run} down{flags}"
    )


def _preview(options: Options, progress: Progress) -> int:
    from rehearsal.engine import Settling

    state = _state(options)
    if state.folder.exists():
        with state.locked(progress):
            plane = _control_plane(options, state, progress)
            settling = Settling.FIRST
            if not plane.running():
                progress.line("the control plane is not running: this preview is made without a cluster")
                plane.stop()
                settling = Settling.LATER
            engine = _engine(options, state, progress)
            if settling is Settling.FIRST:
                addons.ensure(plane, engine.project, state.stack)
            engine.preview(expect_no_changes=options.expect_no_changes, settling=settling)
        return 0
    progress.line("no rehearsal is up: this preview is made without a cluster, against an empty state")
    with tempfile.TemporaryDirectory(prefix="forail-preview-") as scratch:
        alone = StateFolder(Path(scratch), state.stack)
        _engine(options, alone, progress).preview(expect_no_changes=options.expect_no_changes)
    return 0


def _refresh(options: Options, progress: Progress) -> int:
    state = _running(options, progress)
    with state.locked(progress):
        _engine(options, state, progress).refresh(expect_no_changes=options.expect_no_changes)
    return 0


def _destroy(options: Options, progress: Progress) -> int:
    state = _running(options, progress)
    with state.locked(progress):
        _engine(options, state, progress).destroy()
    progress.line("destroyed, except what is protected and what that needs")
    return 0


def _outputs(options: Options, progress: Progress) -> int:
    outputs = _engine(options, _state(options), progress).outputs()
    write = outputs.as_json if options.json else outputs.as_table
    _print(write(show_secrets=options.show_secrets))
    return 0


def _kubeconfig(options: Options, progress: Progress) -> int:
    _print(str(_running(options, progress).kubeconfig))
    return 0


def _status(options: Options, progress: Progress) -> int:
    up = False
    for stack in _chosen(options):
        plane = ControlPlane(StateFolder(options.state, stack), progress)
        up = up or plane.running()
        for name, process in plane.status().items():
            _print(f"{stack}  {name:<24}  {f'running, process {process.pid}' if process else 'not running'}")
    if not up:
        progress.line("no rehearsal is up: `python -m rehearsal up` starts one")
    return 0 if up else 1


def _down(options: Options, progress: Progress) -> int:
    for stack in _chosen(options):
        state = StateFolder(options.state, stack)
        with state.locked(progress):
            leftovers.end_engines(state.folder, progress)
            ControlPlane(state, progress).stop()
            state.remove()
        progress.line(f"stack {stack}: stopped and removed")
    if not known_stacks(options.state):
        progress.line("no rehearsal is left")
    return 0


def _chosen(options: Options) -> list[str]:
    """The stack that was named, else every one that has a folder."""
    check_root(options.state)
    return known_stacks(options.state) if options.stack is None else [options.stack]


def _state(options: Options) -> StateFolder:
    state = StateFolder(options.state, DEFAULT_STACK if options.stack is None else options.stack)
    state.check()
    return state


def _running(options: Options, progress: Progress) -> StateFolder:
    state = _state(options)
    if not ControlPlane(state, progress).running():
        raise RehearsalError(f"no rehearsal of stack {state.stack} is up", "run `python -m rehearsal up` first")
    return state


def _control_plane(options: Options, state: StateFolder, progress: Progress) -> ControlPlane:
    return ControlPlane(state, progress, Delays.load(options.delays) if options.delays else Delays())


def _engine(options: Options, state: StateFolder, progress: Progress) -> "Engine":
    # Importing Pulumi takes half a second, which status, down and kubeconfig need not pay.
    from rehearsal.engine import Engine
    from rehearsal.project import Project

    _check_home()
    project = Project.load(options.project)
    project.stack_file(state.stack)
    return Engine(state, project, progress)


def _check_home() -> None:
    """The cache of built programs and the engine's plugins are below the user's home folder."""
    fix = "set HOME to a folder that you can write to"
    home = os.environ.get("HOME")
    if home is not None and not Path(home).is_absolute():
        raise RehearsalError(f"HOME is {home!r}, not the full path of a folder", fix)
    try:
        cache_folder()
        plugins.user_home()
    except RuntimeError as error:
        raise RehearsalError("HOME is not set, and this user has no home folder", fix) from error


def _print(text: str) -> None:
    """Write data to standard output.

    Raises:
        RehearsalError: nobody reads it, or the disk is full.
    """
    try:
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()
    except OSError as error:
        # What is left in the buffer would be tried again at the end of the process.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise RehearsalError(f"standard output cannot be written: {error.strerror}") from error


def _path(text: str) -> Path:
    """A path from the command line, in full."""
    if not text.strip() or "\0" in text:
        raise RehearsalError(
            f"{text!r} names no file and no folder", "give a path after the flag, or leave the flag out"
        )
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise RehearsalError(f"the path {text!r} is not UTF-8", "rename it, or give another path") from error
    return Path(os.path.realpath(text))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m rehearsal", description="The whole platform on this machine.")
    commands = parser.add_subparsers(metavar="command", required=True)

    def command(name: str, run: Callable[[Options, Progress], int], text: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text, description=text)
        added.set_defaults(run=run, delays=None)
        added.add_argument("--stack", help=f"the stack (default: {DEFAULT_STACK}; status and down: all)")
        added.add_argument("--project", type=_path, default=CHECKOUT, help="the Pulumi project's folder")
        added.add_argument("--state", type=_path, default=DEFAULT_ROOT, help="where rehearsals keep their state")
        return added

    def expecting(added: argparse.ArgumentParser) -> argparse.ArgumentParser:
        added.add_argument("--expect-no-changes", action="store_true", help="fail when anything would change")
        return added

    up = expecting(command("up", _up, "start a control plane if there is none, and bring the stack up on it"))
    up.add_argument("--delays", type=_path, help="YAML file with start-up and run times of the simulated pods")
    expecting(command("preview", _preview, "show what up would do; works without a cluster too"))
    expecting(command("refresh", _refresh, "read the cluster's objects back into the engine's state"))
    outputs = command("outputs", _outputs, "print the stack's outputs")
    outputs.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    outputs.add_argument("--show-secrets", action="store_true", help="print secret values instead of [secret]")
    command("kubeconfig", _kubeconfig, "print the path of the cluster's kubeconfig")
    command("status", _status, "list the processes; exit 0 while a rehearsal is up")
    command("destroy", _destroy, "delete the stack's objects, but for protected ones and what they need")
    command("down", _down, "stop every process and remove every file but the cache")
    return parser
