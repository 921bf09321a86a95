"""How long pods take to start: not at all, or as long as on a small cluster."""

from pathlib import Path

# Components by their label, and how long each would take to start on a small cluster, in seconds.
START = {
    "postgres": 15,
    "redis": 5,
    "opa": 3,
    "otel-collector": 3,
    "frontend": 4,
    "web": 30,
    "task": 25,
    "operator": 8,
}
INIT_RUN = 60
CRITICAL_PATH = max(START["postgres"], START["redis"]) + INIT_RUN + max(START["task"], START["web"] + START["operator"])
"""Seconds: init needs database and Redis, web and task need init, the operator needs web, and content the operator."""
_NO_DELAY = "1ms"


def no_delays(path: Path) -> Path:
    """Write a delays file with which every pod starts at once."""
    return _write(path, dict.fromkeys(START, _NO_DELAY), _NO_DELAY)


def usual_delays(path: Path) -> Path:
    """Write a delays file with the times of `START` and `INIT_RUN`."""
    return _write(path, {name: f"{seconds}s" for name, seconds in START.items()}, f"{INIT_RUN}s")


def _write(path: Path, start: dict[str, str], run: str) -> Path:
    lines = ["start:", *(f"  {name}: {value}" for name, value in start.items()), f"  init: {_NO_DELAY}", "run:"]
    path.write_text("\n".join([*lines, f"  init: {run}", ""]))
    return path
