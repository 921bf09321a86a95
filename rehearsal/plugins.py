"""Which provider plugins the engine uses: the official ones where they are installed, else the stand-ins."""

import importlib.metadata
import os
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

PROVIDERS = ("kubernetes", "random", "tls")


def engine_home() -> Path:
    """`$PULUMI_HOME`, or `~/.pulumi`: where `pulumi plugin install` puts plugins."""
    return Path(os.environ.get("PULUMI_HOME") or Path.home() / ".pulumi")


def installed(provider: str) -> bool:
    """Whether the official plugin of the SDK's version is installed."""
    version = importlib.metadata.version(f"pulumi-{provider}")
    folder = engine_home() / "plugins" / f"resource-{provider}-v{version}"
    binary = f"pulumi-resource-{provider}"
    return (folder / binary).is_file() or shutil.which(binary) is not None


@contextmanager
def attached(*, strict: bool | None = None) -> Generator[tuple[str, str]]:
    """Serve a stand-in for every official plugin that is absent, for the length of the block.

    Args:
        strict: handed to the stand-ins, see `rehearsal.providers.serve`.

    Yields:
        The value of PULUMI_DEBUG_PROVIDERS (empty where all are installed) and a line that says who serves.
    """
    absent = [provider for provider in PROVIDERS if not installed(provider)]
    if not absent:
        yield "", "providers: the installed official plugins"
        return
    # Importing the stand-ins costs half a second, which the other commands need not pay.
    from rehearsal.providers import serve

    with serve(strict=strict) as ports:
        variable = ",".join(f"{provider}:{ports[provider]}" for provider in absent)
        yield (
            variable,
            f"providers: the rehearsal's stand-ins for {', '.join(absent)} (no official plugin is installed)",
        )
