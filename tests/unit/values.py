"""Property values on the wire between a Pulumi program and its engine: plain JSON, secret marks, unknowns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from google.protobuf import json_format, struct_pb2
from pulumi.runtime.rpc import UNKNOWN

__all__ = ["UNKNOWN", "Secret", "decoded", "marked", "plain", "secret_at", "texts"]

# Constants of the wire protocol: a mapping with this key and value is a secret.
_SIGNATURE = "4dabf18193072939515e22adb298388d"
_SECRET = "1b47061264138c4ac30d75fd1eb44270"


@dataclass(frozen=True)
class Secret:
    """A value that travels encrypted."""

    value: Any

    def __repr__(self) -> str:
        return "Secret(…)"


def decoded(struct: struct_pb2.Struct) -> dict[str, Any]:
    """The properties in `struct`, with `Secret` around what is marked as one."""
    return cast("dict[str, Any]", _decoded(json_format.MessageToDict(struct)))


def _decoded(value: Any) -> Any:
    if isinstance(value, dict):
        mapping = cast("dict[str, Any]", value)
        if mapping.get(_SIGNATURE) == _SECRET:
            return Secret(_decoded(mapping["value"]))
        return {key: _decoded(item) for key, item in mapping.items()}
    if isinstance(value, list):
        return [_decoded(item) for item in cast("list[Any]", value)]
    # The wire knows one kind of number.
    return int(value) if isinstance(value, float) and value.is_integer() else value


def marked(value: object) -> dict[str, object]:
    """`value` as the wire carries a secret."""
    return {_SIGNATURE: _SECRET, "value": value}


def plain(value: Any) -> Any:
    """`value` without its marks."""
    if isinstance(value, Secret):
        return plain(value.value)
    if isinstance(value, dict):
        return {key: plain(item) for key, item in cast("dict[str, Any]", value).items()}
    if isinstance(value, list):
        return [plain(item) for item in cast("list[Any]", value)]
    return value


def secret_at(value: Any, path: str) -> bool:
    """Whether `path` (dots between keys) lies at or below a mark. Raises KeyError for a path that is not there."""
    for key in path.split("."):
        if isinstance(value, Secret):
            return True
        value = cast("Mapping[str, Any]", value)[key]
    return isinstance(value, Secret)


def texts(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every key and every text outside of marks, with its path."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, item in cast("dict[str, Any]", value).items():
            yield path, key
            yield from texts(item, f"{path}.{key}")
    elif isinstance(value, list):
        for index, item in enumerate(cast("list[Any]", value)):
            yield from texts(item, f"{path}[{index}]")
