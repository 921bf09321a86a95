"""Which provider plugins the engine uses: the official ones where they can be had, else the stand-ins."""

import importlib.metadata
import os
import shutil
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from rehearsal import plugin_downloads
from rehearsal.failure import RehearsalError
from rehearsal.pins import OFFICIAL_PROVIDER, OFFICIAL_RELEASE
from rehearsal.progress import Progress
from rehearsal.toolchain import built

PROVIDERS = ("kubernetes", "random", "tls")
VARIABLE = "FORAIL_REHEARSAL_PROVIDERS"


class Choice(StrEnum):
    """What the variable FORAIL_REHEARSAL_PROVIDERS may say; see MEANINGS."""

    AUTO = "auto"
    INSTALLED = "installed"
    STAND_INS = "stand-ins"
    BUILT = "built"

    @classmethod
    def of_environment(cls) -> "Choice":
        """The user's choice.

        Raises:
            RehearsalError: the variable says something else.
        """
        said = os.environ.get(VARIABLE) or cls.AUTO
        if said not in list(cls):
            raise RehearsalError(f"{VARIABLE} is {said!r}", f"set it to one of {', '.join(cls)}, or unset it")
        return cls(said)


MEANINGS: Mapping[Choice, str] = {
    Choice.AUTO: "installed plugins; where one is missing, a download; else a stand-in (the default)",
    Choice.INSTALLED: "installed plugins, else stand-ins; nothing is downloaded",
    Choice.STAND_INS: "stand-ins, whatever is installed (the default of the tests)",
    Choice.BUILT: "the Kubernetes provider that `make official` builds, and stand-ins for the others",
}


@dataclass(frozen=True)
class Attached:
    """What the engine is to be told.

    Args:
        environment: variables that make it use the chosen providers.
        line: which part serves each provider and why, for the reader.
    """

    environment: Mapping[str, str]
    line: str


@dataclass
class _Parts:
    """Per provider: the folder of its official plugin (None: the engine finds it on PATH), or why it has none."""

    official: dict[str, Path | None]
    reasons: dict[str, str]
    origin: str = "official"


def user_home() -> Path:
    """`$PULUMI_HOME`, or `~/.pulumi`: where `pulumi plugin install` puts plugins."""
    return Path(os.environ.get("PULUMI_HOME") or Path.home() / ".pulumi")


def wanted_version(provider: str) -> str:
    """The version that the SDK asks the engine for."""
    return importlib.metadata.version(f"pulumi-{provider}")


@contextmanager
def attached(home: Path, progress: Progress, *, strict: bool | None = None) -> Generator[Attached]:
    """Put the official plugins that can be had into the engine's home, and serve a stand-in for each other one.

    Args:
        home: the engine's home, which belongs to the rehearsal: its plugins are replaced.
        progress: told when something is downloaded or built.
        strict: handed to the stand-ins, see `rehearsal.providers.serve`.

    Raises:
        RehearsalError: the variable is wrong, or the provider that it asks for cannot be built.
    """
    choice = Choice.of_environment()
    parts = _parts(choice, progress)
    _link(home / "plugins", parts.official)
    line = f"providers: {_described(parts)}"
    # A plugin on PATH would come before the one that was chosen.
    environment = {"PULUMI_IGNORE_AMBIENT_PLUGINS": "true"} if choice is Choice.BUILT else {}
    if not parts.reasons:
        yield Attached(environment, line)
        return
    # Importing the stand-ins costs half a second, which the other commands need not pay.
    from rehearsal.providers import serve

    with serve(strict=strict) as ports:
        served = ",".join(f"{provider}:{ports[provider]}" for provider in parts.reasons)
        yield Attached({**environment, "PULUMI_DEBUG_PROVIDERS": served}, line)


def official_release(provider: str) -> str | None:
    """The version of the official plugin that serves `provider` as the variable is set; None for a stand-in.

    Nothing is downloaded or built to find out.
    """
    choice = Choice.of_environment()
    if choice is Choice.BUILT and provider == "kubernetes":
        return OFFICIAL_RELEASE
    if choice in (Choice.STAND_INS, Choice.BUILT):
        return None
    return wanted_version(provider) if _installed(provider) or _on_path(provider) else None


def _parts(choice: Choice, progress: Progress) -> _Parts:
    if choice is Choice.STAND_INS:
        return _Parts({}, dict.fromkeys(PROVIDERS, f"{VARIABLE}={choice}"))
    if choice is Choice.BUILT:
        (binary,) = built(OFFICIAL_PROVIDER, progress).values()
        others = [provider for provider in PROVIDERS if provider != "kubernetes"]
        reasons = dict.fromkeys(others, f"{VARIABLE}={choice}")
        return _Parts({"kubernetes": binary.parent}, reasons, f"official {OFFICIAL_RELEASE}, built here")
    found = {provider: _installed(provider) for provider in PROVIDERS}
    missing = [provider for provider, folder in found.items() if folder is None and not _on_path(provider)]
    reasons = dict.fromkeys(missing, "no official plugin is installed")
    if choice is Choice.AUTO and missing:
        reasons = plugin_downloads.attempted({provider: wanted_version(provider) for provider in missing}, progress)
        found.update({provider: _installed(provider) for provider in missing})
    return _Parts({provider: folder for provider, folder in found.items() if provider not in reasons}, reasons)


def _installed(provider: str) -> Path | None:
    """The folder of the official plugin of the SDK's version: the engine takes no other."""
    version = wanted_version(provider)
    homes = (user_home(), plugin_downloads.home())
    folders = (plugin_downloads.folder(home, provider, version) for home in homes)
    return next((folder for folder in folders if plugin_downloads.complete(folder, provider)), None)


def _on_path(provider: str) -> bool:
    """Whether the engine will take the plugin from PATH, of whatever version, before any other."""
    ignored = os.environ.get("PULUMI_IGNORE_AMBIENT_PLUGINS", "").lower() in ("1", "true")
    return not ignored and shutil.which(f"pulumi-resource-{provider}") is not None


def _link(plugins: Path, official: Mapping[str, Path | None]) -> None:
    """Make the engine's plugin folder hold exactly these; it takes real folders only, so their files are linked."""
    shutil.rmtree(plugins, ignore_errors=True)
    for provider, source in official.items():
        if source is None:
            continue
        folder = plugin_downloads.folder(plugins.parent, provider, wanted_version(provider))
        folder.mkdir(parents=True)
        for entry in source.iterdir():
            (folder / entry.name).symlink_to(entry.resolve())


def _described(parts: _Parts) -> str:
    described = [f"{parts.origin}: {', '.join(parts.official)}"] if parts.official else []
    for reason in dict.fromkeys(parts.reasons.values()):
        served = [provider for provider, why in parts.reasons.items() if why == reason]
        described.append(f"the rehearsal's stand-ins for {', '.join(served)} ({reason})")
    return "; ".join(described)
