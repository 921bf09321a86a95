"""Wrong manifests, made from the table of fields: the preview and the API server must refuse each of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from components.api.kinds import Kind
from tests.unit.content.fields import FIELDS, INT32_MAX, Field
from tests.unit.content.manifests import COMPLETE, REMOVED, Manifest, changed, manifest, parts

_OF_ANOTHER_TYPE: Mapping[str, tuple[object, ...]] = {
    "string": (7, True, ["text"], {"text": "text"}),
    "boolean": ("true", 1),
    "integer": ("5", 1.5, True),
    "array": ("text", {"0": "text"}),
    "object": ("text", ["text"]),
}


@dataclass(frozen=True)
class Violation:
    """One wrong thing in an otherwise complete manifest."""

    kind: Kind
    path: str
    """Where the preview must see it, as it prints paths."""
    what: str
    value: object = field(repr=False)
    steps: tuple[str | int, ...] = field(repr=False, default=())

    @property
    def id(self) -> str:
        return f"{self.kind}-{self.path}-{self.what}"

    def manifest(self) -> Manifest:
        """The manifest with it."""
        spec = changed(COMPLETE[self.kind], list(self.steps), self.value)
        return manifest(self.kind, spec)


def violations() -> list[Violation]:
    """Every one, for every field of every kind."""
    return [violation for kind, fields in FIELDS.items() for violation in _of_kind(kind, fields)]


def _of_kind(kind: Kind, fields: Mapping[str, Field]) -> Iterator[Violation]:
    yield _at(kind, ["unknownField"], "unknown", "text")
    for path, one in fields.items():
        steps = parts(path)
        yield from (_at(kind, steps, what, value) for what, value in _values(one, path))
        if one.type == "object" and path != "inputs":
            yield _at(kind, [*steps, "unknownField"], "unknown", "text")
    if kind is Kind.WORKFLOW:
        node: Any = COMPLETE[kind]["nodes"][0]
        yield _at(kind, ["nodes", 1, "identifier"], "twice", node["identifier"])


def _values(one: Field, path: str) -> Iterator[tuple[str, object]]:
    for value in _OF_ANOTHER_TYPE[one.type]:
        yield f"is a {type(value).__name__}", value
    # Elsewhere the API server takes null for absent; the preview refuses that too.
    if one.required or path.endswith("[]"):
        yield "is null", None
    if one.required:
        yield "is missing", REMOVED
    if one.enum:
        yield "is another word", "nonsense"
        yield "is empty", ""
    if one.type == "integer":
        yield "is too low", (one.low or 0) - 1
        yield "is too high", (INT32_MAX if one.high is None else one.high) + 1


def _at(kind: Kind, steps: list[str | int], what: str, value: object) -> Violation:
    path = "spec" + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)
    return Violation(kind, path, what, value, tuple(steps))
