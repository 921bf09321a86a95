"""Changes of a running stack whose `up` runs a Job on its data: killed anywhere, it must have run once."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Change:
    """Two stack files, as configuration laid over the project's own.

    Args:
        what: in words.
        after: the changed one.
        before: the one that is up.
    """

    what: str
    after: Mapping[str, object]
    before: Mapping[str, object] = field(default_factory=dict[str, object])


_GUARDED = {"backup": "always"}

CHANGES: Mapping[str, Change] = {
    "restore": Change("a restore", {"restore": {"from": "newest", "confirm": "dev"}}),
    "version": Change(
        "another backend version, after a backup",
        {"upgrade": _GUARDED, "images": {"backend": {"tag": "2026.07.1"}}},
        {"upgrade": _GUARDED, "images": {"backend": {"tag": "2026.07.0"}}},
    ),
    "key": Change("another encryption key", {"rotation": {"forailSecretKey": 2}}),
}
