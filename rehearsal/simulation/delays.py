"""How long simulated containers take to start and Jobs to run."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from rehearsal import files
from rehearsal.failure import RehearsalError

START_ANNOTATION = "rehearsal.forail/start-delay"
RUN_ANNOTATION = "rehearsal.forail/run-time"
_DURATION = re.compile(r"(\d+(\.\d+)?(ms|s|m))+")


@dataclass(frozen=True)
class Delays:
    """Delays by the pod's `app.kubernetes.io/component` label or its first container's name.

    A pod's annotation (`rehearsal.forail/start-delay`, `rehearsal.forail/run-time`) wins over the table; what neither
    names starts after 100 to 300 ms, and a Job's pod runs for 200 ms.

    Args:
        start: from scheduled to ready, as `2s` or `150ms`.
        run: how long the pod of a Job runs before it has succeeded.
    """

    start: dict[str, str] = field(default_factory=dict[str, str])
    run: dict[str, str] = field(default_factory=dict[str, str])

    def __post_init__(self) -> None:
        for table in ("start", "run"):
            for name, value in getattr(self, table).items():
                if not _DURATION.fullmatch(value):
                    raise RehearsalError(
                        f"the delay {table}.{name} is {value!r}", "write a duration such as 2s or 150ms"
                    )

    @staticmethod
    def load(path: Path) -> "Delays":
        """Read a YAML file with the mappings `start` and `run`.

        Raises:
            RehearsalError: it cannot be read, or holds something else.
        """
        fix = "give a file such as `start: {redis: 2s}` and `run: {bootstrap: 5s}`"
        found = files.read_yaml(path, fix)
        document = cast("dict[str, dict[str, object]]", {} if found is None else found)
        try:
            tables = {key: {name: str(value) for name, value in table.items()} for key, table in document.items()}
            return Delays(**tables)
        except (TypeError, AttributeError) as error:
            raise RehearsalError(f"the delays in {path} cannot be read: {error}", fix) from error
