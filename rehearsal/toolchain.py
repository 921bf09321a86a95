"""Builds the programs of the rehearsal from the pinned Go modules under `tools/`, once, into the user's cache."""

import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rehearsal.failure import RehearsalError, last_lines
from rehearsal.locks import exclusive
from rehearsal.progress import Progress
from rehearsal.state import CHECKOUT

GO_MINIMUM = (1, 26)
ENGINE_MINIMUM = (3, 246)
"""The oldest engine that is used when it is installed: the version that `tools/engine` pins."""
FREE_BYTES = 2 << 30
"""Less free space than this is refused before a build: the binaries take 0.5 GB, Go's own caches the rest."""
_FLAGS = ("-mod=readonly", "-trimpath", "-buildvcs=false")


@dataclass(frozen=True)
class Tool:
    """One Go module under `tools/`.

    Args:
        name: its name in the cache and in messages.
        folder: where its go.mod and go.sum are.
        module: the module that carries the version, as go.mod requires it.
        binaries: name of each binary and its main package.
        stamps: the linker variables that hold the version, made from the version in go.mod (with its `v`).
    """

    name: str
    folder: Path
    module: str
    binaries: dict[str, str]
    stamps: Callable[[str], dict[str, str]]


def _kubernetes_stamps(version: str) -> dict[str, str]:
    major, minor = version.removeprefix("v").split(".")[:2]
    at = "k8s.io/component-base/version"
    return {
        f"{at}.gitVersion": version,
        f"{at}.gitMajor": major,
        f"{at}.gitMinor": minor,
        f"{at}.gitTreeState": "clean",
    }


_TOOLS = CHECKOUT / "tools"
ENGINE = Tool(
    "engine",
    _TOOLS / "engine",
    "github.com/pulumi/pulumi/pkg/v3",
    {"pulumi": "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"},
    lambda version: {"github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": version},
)
CLUSTER_TOOLS = (
    Tool("etcd", _TOOLS / "etcd", "go.etcd.io/etcd/server/v3", {"etcd": "go.etcd.io/etcd/server/v3"}, lambda _: {}),
    Tool(
        "kubernetes",
        _TOOLS / "kubernetes",
        "k8s.io/kubernetes",
        {
            name: f"k8s.io/kubernetes/cmd/{name}"
            for name in ("kube-apiserver", "kube-controller-manager", "kube-scheduler")
        },
        _kubernetes_stamps,
    ),
    Tool(
        "kwok",
        _TOOLS / "kwok",
        "sigs.k8s.io/kwok",
        {"kwok": "sigs.k8s.io/kwok/cmd/kwok"},
        lambda version: {"sigs.k8s.io/kwok/pkg/consts.Version": version.removeprefix("v")},
    ),
)


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
    home = cache_folder() / tool.name
    target = home / _key(tool, flags)
    binaries = {name: target / "bin" / name for name in tool.binaries}
    if _complete(binaries):
        return binaries
    go = checked_go(tool)

    def waiting(owner: str) -> None:
        progress.line(f"{tool.name} is being built by process {owner}: waiting for it")

    with exclusive(home / "lock", waiting):
        if not _complete(binaries):
            _discard_leftovers(home, target)
            _build(tool, go, flags, target, progress)
    return binaries


def checked_go(tool: Tool) -> str:
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


def pinned_version(tool: Tool) -> str:
    """The version, with its `v`, that go.mod requires for the tool's module."""
    text = (tool.folder / "go.mod").read_text()
    match = re.search(rf"^(?:require)?\s*{re.escape(tool.module)} (v\S+)", text, re.MULTILINE)
    if match is None:
        raise RehearsalError(f"{tool.folder / 'go.mod'} does not require {tool.module}", "restore it from git")
    return match[1]


def _linker_flags(tool: Tool) -> str:
    stamps = tool.stamps(pinned_version(tool))
    return " ".join(["-s", "-w", *(f"-X {name}={value}" for name, value in stamps.items())])


def _key(tool: Tool, flags: list[str]) -> str:
    digest = hashlib.sha256()
    for part in ((tool.folder / "go.mod").read_bytes(), (tool.folder / "go.sum").read_bytes()):
        digest.update(part)
    digest.update("\0".join([*flags, sys.platform, platform.machine()]).encode())
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
            for name, package in tool.binaries.items():
                _compile(tool, [go, "build", *flags, "-o", str(staging / "bin" / name), package], room)
        staging.rename(target)


def _compile(tool: Tool, command: list[str], room: str) -> None:
    result = subprocess.run(
        command,
        cwd=tool.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    if result.returncode == 0:
        return
    shown = f"building {tool.name} failed; the last lines of `{' '.join(command[:2])}`:\n{last_lines(result.stdout)}"
    if "no space left on device" in result.stdout:
        raise RehearsalError(shown, room + "; Go's own caches (`go env GOCACHE GOMODCACHE`) need about 6 GiB more")
    raise RehearsalError(
        shown, "check that the Go module proxy (`go env GOPROXY`) can be reached, then run the command again"
    )
