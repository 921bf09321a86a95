"""Structural differences between two property trees, in the engine's property path notation."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from rehearsal.providers.wire import UNKNOWN, Value, is_list, is_map

Path: TypeAlias = tuple[str | int, ...]

_BARE_KEY = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")


class Change(Enum):
    """What happened to one property."""

    ADD = "add"
    DELETE = "delete"
    UPDATE = "update"


@dataclass(frozen=True)
class Difference:
    """One changed property."""

    path: Path
    change: Change

    @classmethod
    def update(cls, *path: str | int) -> Difference:
        """The change of one value."""
        return cls(path, Change.UPDATE)


def differences(old: object, new: object, path: Path = ()) -> Iterator[Difference]:
    """Yield the leaves that differ. A new value that is unknown always counts as changed."""
    if new is UNKNOWN:
        yield Difference(path, Change.UPDATE)
    elif is_map(old) and is_map(new):
        yield from _map_differences(old, new, path)
    elif is_list(old) and is_list(new):
        for index in range(max(len(old), len(new))):
            if index >= len(old):
                yield Difference((*path, index), Change.ADD)
            elif index >= len(new):
                yield Difference((*path, index), Change.DELETE)
            else:
                yield from differences(old[index], new[index], (*path, index))
    elif (type(old) is not type(new) and not _both_numbers(old, new)) or old != new:
        yield Difference(path, Change.UPDATE)


def _map_differences(old: dict[str, Value], new: dict[str, Value], path: Path) -> Iterator[Difference]:
    for key in old.keys() - new.keys():
        yield Difference((*path, key), Change.DELETE)
    for key, value in new.items():
        if key not in old:
            yield Difference((*path, key), Change.ADD)
        else:
            yield from differences(old[key], value, (*path, key))


def _both_numbers(old: object, new: object) -> bool:
    return all(isinstance(item, (int, float)) and not isinstance(item, bool) for item in (old, new))


def render(path: Iterable[str | int]) -> str:
    """Write a path as the engine does: `spec.containers[0].image`, `metadata.labels["a.b/c"]`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        elif _BARE_KEY.fullmatch(part):
            text += f".{part}" if text else part
        else:
            escaped = part.replace("\\", "\\\\").replace('"', '\\"')
            text += f'["{escaped}"]'
    return text
