"""Builds the programs of the rehearsal from the pinned Go modules under `tools/`, once, into the user's cache."""

import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from rehearsal.failure import RehearsalError, last_lines
from rehearsal.locks import exclusive
from rehearsal.pins import CLUSTER_TOOLS, ENGINE, TOOLS, Pinned, Tool, pinned_version
from rehearsal.progress import Progress

GO_MINIMUM = (1, 26)
ENGINE_MINIMUM = (3, 246)
"""The oldest installed engine that is used: what Pulumi.yaml requires. `tools/engine` pins a newer one."""
FREE_BYTES = 2 << 30
"""Less free space than this is refused before a build: the binaries take 0.5 GB, Go's own caches the rest."""
_FLAGS = ("-mod=readonly", "-trimpath", "-buildvcs=false")


def main(names: list[str]) -> int:
    """Build the tools of these names ahead of time; exit code 1 where one fails or none has the name."""
    progress = Progress()
    known = {tool.name: tool for tool in TOOLS}
    try:
        for name in names:
            if name not in known:
                raise RehearsalError(f"{name!r} is not a tool", f"name one of {', '.join(known)}")
            built(known[name], progress)
    except RehearsalError as error:
        progress.line(f"error: {error}")
        return 1
    return 0


def cache_folder() -> Path:
    """`$XDG_CACHE_HOME/forail-pulumi`, or `~/.cache/forail-pulumi`."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "forail-pulumi"


def cluster_binaries(progress: Progress) -> dict[str, Path]:
    """The control plane's binaries by name, built first where the cache lacks them.

    Raises:
        RehearsalError: Go is missing or too old, the disk is full, or a build failed.
    """
    return {name: path for tool in CLUSTER_TOOLS for name, path in built(tool, progress).items()}


def engine_root(progress: Progress) -> Path | None:
    """The folder whose `bin/pulumi` is the engine to use; None when the one on PATH serves.

    Raises:
        RehearsalError: as `cluster_binaries`.
    """
    version = installed_engine()
    if version is not None and version >= ENGINE_MINIMUM:
        return None
    if version is not None:
        found = ".".join(map(str, version))
        wanted = ".".join(map(str, ENGINE_MINIMUM))
        progress.line(f"the installed pulumi {found} is older than {wanted}: using the pinned engine instead")
    return built(ENGINE, progress)["pulumi"].parent.parent


def engine_command(progress: Progress) -> str:
    """The `pulumi` command to run; see `engine_root`."""
    root = engine_root(progress)
    return str(root / "bin" / "pulumi") if root else "pulumi"


def installed_engine() -> tuple[int, int] | None:
    """Major and minor version of the `pulumi` on PATH, None when there is none that answers."""
    program = shutil.which("pulumi")
    if program is None:
        return None
    environment = {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"}
    answer = subprocess.run([program, "version"], capture_output=True, text=True, env=environment, check=False)
    match = re.match(r"v?(\d+)\.(\d+)\.", answer.stdout.strip())
    return (int(match[1]), int(match[2])) if match else None


def built(tool: Tool, progress: Progress) -> dict[str, Path]:
    """The tool's binaries by name, from the cache or built now; two runs never build at the same time."""
    flags = [*_FLAGS, f"-ldflags={_linker_flags(tool)}"]
    target = cache_folder() / tool.name / key(tool, *flags, sys.platform, platform.machine())
    binaries = {name: target / "bin" / name for name in tool.binaries}
    once(
        tool,
        target,
        lambda: _complete(binaries),
        lambda: _build(tool, checked_go(tool), flags, target, progress),
        progress,
    )
    return binaries


def once(
    pinned: Pinned, target: Path, complete: Callable[[], bool], make: Callable[[], None], progress: Progress
) -> None:
    """Have `make` fill the folder `target` of the cache unless it is `complete`; two runs never do it at once."""
    if complete():
        return

    def waiting(owner: str) -> None:
        progress.line(f"{pinned.name} is being built by process {owner}: waiting for it")

    checked_go(pinned)
    with exclusive(target.parent / "lock", waiting):
        if not complete():
            _discard_leftovers(target.parent, target)
            make()


def checked_go(tool: Pinned) -> str:
    """The path of a `go` command that is new enough, asked in the tool's folder because go.mod may select a toolchain.

    Raises:
        RehearsalError: there is none, or it is older than 1.26.
    """
    wanted = ".".join(map(str, GO_MINIMUM))
    fix = f"install Go {wanted} or newer (https://go.dev/dl/) and put its bin folder first on PATH"
    go = shutil.which("go")
    if go is None:
        raise RehearsalError(f"building {tool.name} needs Go {wanted}, and no `go` command was found on PATH", fix)
    answer = subprocess.run([go, "env", "GOVERSION"], cwd=tool.folder, capture_output=True, text=True, check=False)
    match = re.match(r"go(\d+)\.(\d+)", answer.stdout.strip())
    if match is None:
        raise RehearsalError(f"`{go} env GOVERSION` failed:\n{last_lines(answer.stdout + answer.stderr)}", fix)
    if (int(match[1]), int(match[2])) < GO_MINIMUM:
        raise RehearsalError(f"building {tool.name} needs Go {wanted}, and {go} is {answer.stdout.strip()}", fix)
    return go


def _linker_flags(tool: Tool) -> str:
    stamps = tool.stamps(pinned_version(tool))
    return " ".join(["-s", "-w", *(f"-X {name}={value}" for name, value in stamps.items())])


def key(tool: Pinned, *flags: str) -> str:
    """The name of what is made of the pinned module with these flags."""
    digest = hashlib.sha256()
    for source in ("go.mod", "go.sum", *sorted(path.name for path in tool.folder.glob("*.go"))):
        digest.update((tool.folder / source).read_bytes())
    digest.update("\0".join(flags).encode())
    return digest.hexdigest()[:32]


def _complete(binaries: dict[str, Path]) -> bool:
    return all(path.is_file() and os.access(path, os.X_OK) and path.stat().st_size > 0 for path in binaries.values())


def _discard_leftovers(home: Path, target: Path) -> None:
    """Remove what a killed build left; the caller holds the lock, so no other build is at work."""
    for leftover in home.glob("building-*"):
        shutil.rmtree(leftover)
    if target.exists():
        shutil.rmtree(target)


def _build(tool: Tool, go: str, flags: list[str], target: Path, progress: Progress) -> None:
    free = shutil.disk_usage(target.parent).free
    room = f"free at least {FREE_BYTES >> 30} GiB there, or set XDG_CACHE_HOME to a folder on a larger disk"
    if free < FREE_BYTES:
        raise RehearsalError(f"no room to build {tool.name}: {free >> 20} MiB are free in {target.parent}", room)
    with tempfile.TemporaryDirectory(prefix="building-", dir=target.parent, ignore_cleanup_errors=True) as scratch:
        staging = Path(scratch) / "done"
        (staging / "bin").mkdir(parents=True)
        with progress.step(f"building {tool.name} {pinned_version(tool)} (first use only)"):
            extra = _overlay(tool, go, Path(scratch), room) if tool.embedded else []
            for name, package in tool.binaries.items():
                run_go(tool, [go, "build", *flags, *extra, "-o", str(staging / "bin" / name), package], room)
        staging.rename(target)


def _overlay(tool: Tool, go: str, scratch: Path, room: str) -> list[str]:
    """The flag that lays files of the pinned modules beside our main package, without a copy in the checkout."""
    replace: dict[str, str] = {}
    for name, source in tool.embedded.items():
        package, _, file = source.rpartition("/")
        # Upstream's package may lack a generated file: only where it lies is asked.
        found = run_go(tool, [go, "list", "-mod=readonly", "-e", "-find", "-f", "{{.Dir}}", package], room)
        replace[str(tool.folder / name)] = str(Path(found.strip()) / file)
    overlay = scratch / "overlay.json"
    overlay.write_text(json.dumps({"Replace": replace}))
    return [f"-overlay={overlay}"]


def run_go(tool: Pinned, command: list[str], room: str) -> str:
    """Run `go` in the tool's folder and return what it printed."""
    result = subprocess.run(
        command, cwd=tool.folder, capture_output=True, text=True, encoding="utf-8", errors="replace", check=False
    )
    if result.returncode == 0:
        return result.stdout
    said = result.stdout + result.stderr
    shown = f"building {tool.name} failed; the last lines of `{' '.join(command[:2])}`:\n{last_lines(said)}"
    if "no space left on device" in said:
        raise RehearsalError(shown, room + "; Go's own caches (`go env GOCACHE GOMODCACHE`) need about 6 GiB more")
    raise RehearsalError(
        shown, "check that the Go module proxy (`go env GOPROXY`) can be reached, then run the command again"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
