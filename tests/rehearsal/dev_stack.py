"""The unmodified program's dev stack, up, for tests that change it and look at its objects."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from tests.rehearsal.rehearsed import Cluster, Rehearse, Rehearsed

CHECKOUT = Path(__file__).parents[2]
Json = dict[str, Any]


@dataclass(frozen=True)
class DevStack:
    """The dev stack, up, and ways to change it."""

    NAMESPACE: ClassVar[str]
    """Where the objects of interest are."""
    SECTIONS: ClassVar[Mapping[str, object]] = {}
    """Sections that every change is made on top of."""

    rehearse: Rehearse
    cluster: Cluster
    first: Rehearsed

    def again(self, **sections: object) -> Rehearsed:
        """The same stack with further sections."""
        overrides = {**self.SECTIONS, **sections}
        return self.rehearse(CHECKOUT, config_overrides=overrides, strict=True, beside=self.first)

    def items(self, path: str) -> list[Json]:
        """The objects of a kind in the namespace."""
        group, _, plural = path.rpartition("/")
        return list(self.cluster.api.items(f"/{group}/namespaces/{self.NAMESPACE}/{plural}"))
