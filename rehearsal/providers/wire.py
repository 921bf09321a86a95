"""Property values as the Pulumi engine puts them on the wire, turned into Python values and back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeAlias, TypeGuard

from google.protobuf import struct_pb2

SIGNATURE_KEY = "4dabf18193072939515e22adb298388d"
SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270"

# The engine has one sentinel per value type: string, bool, number, array, asset, archive, object.
UNKNOWN_SENTINELS = frozenset(
    {
        "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
        "030794c1-ac77-496b-92df-f27374a8bd58",
        "e48ece36-62e2-4504-bad9-02848725956a",
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
    }
)
UNKNOWN_STRING = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


class Unknown(Enum):
    """The type of `UNKNOWN`, the value that only exists after something else was created."""

    UNKNOWN = "unknown"


UNKNOWN = Unknown.UNKNOWN


@dataclass(frozen=True, repr=False)
class Secret:
    """A value that the engine encrypts in the state and hides on screen."""

    value: Any

    def __repr__(self) -> str:
        return "Secret(...)"


# A tree of None, bool, int, float, str, list, dict, Secret and UNKNOWN: dynamic by nature, like JSON.
Value: TypeAlias = Any
Properties: TypeAlias = dict[str, Value]


def is_map(value: object) -> TypeGuard[dict[str, Value]]:
    """Whether a value is a map of properties."""
    return isinstance(value, dict)


def is_list(value: object) -> TypeGuard[list[Value]]:
    """Whether a value is a list of properties."""
    return isinstance(value, list)


def read(struct: struct_pb2.Struct) -> Properties:
    """Read a struct from the engine, keeping secret marks and unknowns."""
    return {key: _read_value(value) for key, value in struct.fields.items()}


def _read_value(value: struct_pb2.Value) -> Value:
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        text = value.string_value
        return UNKNOWN if text in UNKNOWN_SENTINELS else text
    if kind == "struct_value":
        fields = value.struct_value.fields
        if SIGNATURE_KEY in fields and fields[SIGNATURE_KEY].string_value == SECRET_SIGNATURE:
            return Secret(_read_value(fields["value"]))
        return {key: _read_value(item) for key, item in fields.items()}
    if kind == "list_value":
        return [_read_value(item) for item in value.list_value.values]
    if kind == "number_value":
        number = value.number_value
        return int(number) if number.is_integer() else number
    if kind == "bool_value":
        return value.bool_value
    return None


def write(properties: Mapping[str, Value]) -> struct_pb2.Struct:
    """Write properties for the engine, with secret marks and unknowns in its own notation."""
    struct = struct_pb2.Struct()
    for key, value in properties.items():
        _write_value(struct.fields[key], value)
    return struct


def _write_value(target: struct_pb2.Value, value: Value) -> None:
    if isinstance(value, str):
        target.string_value = value
    elif value is None:
        target.null_value = struct_pb2.NULL_VALUE
    elif isinstance(value, bool):
        target.bool_value = value
    elif isinstance(value, (int, float)):
        target.number_value = value
    elif is_map(value):
        fields = target.struct_value.fields
        target.struct_value.SetInParent()
        for key, item in value.items():
            _write_value(fields[key], item)
    elif is_list(value):
        target.list_value.SetInParent()
        for item in value:
            _write_value(target.list_value.values.add(), item)
    elif isinstance(value, Secret):
        _write_value(target, {SIGNATURE_KEY: SECRET_SIGNATURE, "value": value.value})
    elif value is UNKNOWN:
        target.string_value = UNKNOWN_STRING
    else:
        raise TypeError(f"a property cannot be of type {type(value).__name__}")


def plain(value: object) -> Value:
    """The same tree without secret marks."""
    if isinstance(value, Secret):
        return plain(value.value)
    if is_map(value):
        return {key: plain(item) for key, item in value.items()}
    if is_list(value):
        return [plain(item) for item in value]
    return value


def has_unknown(value: Value) -> bool:
    """Whether any part of the tree is not known yet."""
    if is_map(value):
        return any(has_unknown(item) for item in value.values())
    if is_list(value):
        return any(has_unknown(item) for item in value)
    if isinstance(value, Secret):
        return has_unknown(value.value)
    return value is UNKNOWN


def has_secret(value: Value) -> bool:
    """Whether any part of the tree is secret."""
    if is_map(value):
        return any(has_secret(item) for item in value.values())
    if is_list(value):
        return any(has_secret(item) for item in value)
    return isinstance(value, Secret)


def secret_texts(value: object) -> Iterator[str]:
    """Every text under a secret mark."""
    if isinstance(value, Secret):
        yield from _texts(plain(value))
    elif is_map(value):
        for item in value.values():
            yield from secret_texts(item)
    elif is_list(value):
        for item in value:
            yield from secret_texts(item)


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif is_map(value):
        for item in value.values():
            yield from _texts(item)
    elif is_list(value):
        for item in value:
            yield from _texts(item)


def mark_like(value: Value, marked: Value) -> Value:
    """Mark in `value` what is secret at the same path in `marked`.

    Lists of different lengths cannot be matched item by item: such a list becomes secret as a whole
    when any item of `marked` is, so that an insertion never uncovers a secret.
    """
    if isinstance(marked, Secret):
        return value if isinstance(value, Secret) else Secret(plain(value))
    if is_map(value) and is_map(marked):
        return {key: mark_like(item, marked[key]) if key in marked else item for key, item in value.items()}
    if is_list(value) and is_list(marked):
        if len(value) != len(marked):
            return Secret(plain(value)) if has_secret(marked) else value
        return [mark_like(item, mark) for item, mark in zip(value, marked, strict=True)]
    return value
