"""Lets the engine download official plugins into the user's cache, and remembers for a day where it could not."""

import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO

from rehearsal.locks import exclusive
from rehearsal.progress import Progress
from rehearsal.toolchain import cache_folder, engine_command

DEADLINE = 20.0
"""Seconds that all downloads together may take: a reader who has no network waits no longer than that."""
REMEMBERED = 24 * 60 * 60.0
"""Seconds for which a refusal is remembered, so that only the first command of a day waits."""


def home() -> Path:
    """The PULUMI_HOME of the downloads, in the cache: the user's own is left as it is."""
    return cache_folder() / "plugins"


def folder(engine_home: Path, provider: str, version: str) -> Path:
    """Where the engine keeps a plugin below its home."""
    return engine_home / "plugins" / f"resource-{provider}-v{version}"


def complete(plugin: Path, provider: str) -> bool:
    """Whether the folder holds a plugin that the engine has finished to install."""
    unfinished = plugin.with_name(f"{plugin.name}.partial")
    return (plugin / f"pulumi-resource-{provider}").is_file() and not unfinished.exists()


def attempted(wanted: Mapping[str, str], progress: Progress) -> dict[str, str]:
    """Have the engine install plugins, each tried once a day.

    Args:
        wanted: the version by provider.
        progress: told while it waits.

    Returns:
        Why it failed, for each provider whose plugin is not there now.

    Raises:
        RehearsalError: there is no engine, and none can be built.
        KeyboardInterrupt: the user interrupted it; nothing is remembered.
    """
    try:
        with exclusive(cache_folder() / "plugins.lock", lambda owner: _waiting(owner, progress)):
            refused = {provider: _remembered(provider, version) for provider, version in wanted.items()}
            asked = {
                provider: version
                for provider, version in wanted.items()
                if refused[provider] is None and not complete(folder(home(), provider, version), provider)
            }
            return {**{provider: why for provider, why in refused.items() if why}, **_ask(asked, progress)}
    except OSError as error:
        return dict.fromkeys(wanted, f"cannot be downloaded: {error}")


def _waiting(owner: str, progress: Progress) -> None:
    progress.line(f"plugins are being downloaded by process {owner}: waiting for it")


def _ask(asked: Mapping[str, str], progress: Progress) -> dict[str, str]:
    if not asked:
        return {}
    engine = engine_command(progress)
    label = f"downloading the official plugins for {', '.join(asked)} (at most {DEADLINE:.0f} s)"
    with progress.step(label), tempfile.TemporaryDirectory(prefix="forail-plugins-") as scratch:
        refused = _downloaded(engine, asked, Path(scratch))
    for provider, reason in refused.items():
        _discard(provider, asked[provider])
        _refusal(provider, asked[provider]).parent.mkdir(parents=True, exist_ok=True)
        _refusal(provider, asked[provider]).write_text(reason)
    return refused


def _downloaded(engine: str, asked: Mapping[str, str], scratch: Path) -> dict[str, str]:
    """Run one engine for each plugin, all at once, in a scratch folder, where no project has a say."""
    environment = {
        **os.environ,
        "PULUMI_HOME": str(home()),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
    }
    until = time.monotonic() + DEADLINE
    running: dict[str, subprocess.Popen[str]] = {}
    logs: dict[str, IO[str]] = {}
    try:
        for provider, version in asked.items():
            logs[provider] = (scratch / provider).open("w+", errors="replace")
            running[provider] = subprocess.Popen(
                [engine, "--non-interactive", "plugin", "install", "resource", provider, version, "--exact"],
                cwd=scratch,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=logs[provider],
                stderr=subprocess.STDOUT,
                text=True,
                process_group=0,
            )
        return {
            provider: reason
            for provider, process in running.items()
            if (reason := _outcome(provider, asked[provider], process, until, logs[provider]))
        }
    finally:
        for process in running.values():
            _end(process)
        for log in logs.values():
            log.close()


def _outcome(provider: str, version: str, process: subprocess.Popen[str], until: float, log: IO[str]) -> str | None:
    try:
        code = process.wait(max(0.0, until - time.monotonic()))
    except subprocess.TimeoutExpired:
        return f"`pulumi plugin install` had not ended after {DEADLINE:.0f} s"
    if code == 0 and complete(folder(home(), provider, version), provider):
        return None
    log.seek(0)
    return f"`pulumi plugin install` failed: {_cause(log.read()) or f'exit code {code}'}"


def _cause(said: str) -> str:
    """The line that tells most: why the last download failed, else the engine's last error."""
    for pattern in (r"^warning: Error downloading plugin: (.+)$", r"^error: (.+)$"):
        if found := re.findall(pattern, said, re.MULTILINE):
            # Without the address, so that one cause of several plugins is told once. A proxy's may hold a password.
            return re.sub(r"//[^/@\s]*@", "//", re.sub(r'^\w+ "[^"]*": ', "", found[-1].strip()))[:300]
    return ""


def _end(process: subprocess.Popen[str]) -> None:
    """End the engine and what it has started, where they still run."""
    if process.poll() is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _discard(provider: str, version: str) -> None:
    """Remove what a download that was cut off has left."""
    plugin = folder(home(), provider, version)
    shutil.rmtree(plugin, ignore_errors=True)
    plugin.with_name(f"{plugin.name}.partial").unlink(missing_ok=True)


def _refusal(provider: str, version: str) -> Path:
    return home() / "refused" / f"{provider}-{version}"


def _remembered(provider: str, version: str) -> str | None:
    """Why the engine could not install the plugin less than a day ago; a clock that was set back asks again."""
    file = _refusal(provider, version)
    if not file.is_file() or not 0 <= time.time() - file.stat().st_mtime < REMEMBERED:
        return None
    return f"{file.read_text(errors='replace')}; tried less than a day ago, remove {file.parent} to try again"
