"""The outputs of a stack: shown as a table or as JSON, secrets masked unless asked for."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from pulumi.automation import OutputValue

MASK = "[secret]"


@dataclass(frozen=True)
class Outputs:
    """Output values by name, and which of them are secret."""

    values: Mapping[str, object]
    secret: frozenset[str]

    @staticmethod
    def of(outputs: Mapping[str, OutputValue]) -> "Outputs":
        """From what the Automation API returns."""
        return Outputs(
            {name: output.value for name, output in sorted(outputs.items())},
            frozenset(name for name, output in outputs.items() if output.secret),
        )

    def shown(self, *, show_secrets: bool = False) -> dict[str, object]:
        """The values, each secret replaced by `[secret]` unless `show_secrets`."""
        return {name: value if show_secrets or name not in self.secret else MASK for name, value in self.values.items()}

    def as_json(self, *, show_secrets: bool = False) -> str:
        """One JSON object."""
        return json.dumps(self.shown(show_secrets=show_secrets), indent=2)

    def as_table(self, *, show_secrets: bool = False) -> str:
        """One line per output: its name and its value, structured values as JSON, the first line of long texts."""
        width = max(map(len, self.values), default=0)
        rows = self.shown(show_secrets=show_secrets).items()
        return "\n".join(f"{name:<{width}}  {_on_one_line(value)}" for name, value in rows)


def _on_one_line(value: object) -> str:
    if not isinstance(value, str):
        return json.dumps(value)
    lines = value.strip().splitlines()
    return value if len(lines) < 2 else f"{lines[0]} ... ({len(lines)} lines)"
