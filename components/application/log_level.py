"""`forail.logLevel` in the words of each program."""

from __future__ import annotations

from ..settings.forail import PlatformLogLevel


def opa(level: PlatformLogLevel | None) -> str:
    """OPA's level, which knows debug, info and error; left out, each request would be a line."""
    return "error" if level in (None, PlatformLogLevel.WARNING) else level.value


def collector(level: PlatformLogLevel | None) -> tuple[str, ...]:
    """Arguments of the collector; none leave its own level, info."""
    if level is None:
        return ()
    word = "warn" if level is PlatformLogLevel.WARNING else level.value
    return (f"--set=service.telemetry.logs.level={word}",)


def receptor(configuration: str, level: PlatformLogLevel | None) -> str:
    """receptor.conf with its level, as one more entry; None leaves it as it is."""
    return configuration if level is None else f"{configuration}\n- log-level:\n    level: {level.value}\n"
