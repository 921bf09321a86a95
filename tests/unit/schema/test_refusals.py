"""Pydantic's errors become findings: path, what is needed, and what each room adds, without a value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, Self, cast

import pytest
from pydantic import Discriminator, Field, StrictBool, Tag, ValidationError, model_validator

from components.schema.problems import Finding, render
from components.schema.refusals import at, refusals
from components.schema.section import Section
from components.schema.shape import Place
from components.schema.words import ConflictError, Matching

MARKER = "hunter2"


class Local(Section):
    """One mode."""

    mode: Literal["local"] = "local"


class Remote(Section):
    """Another."""

    mode: Literal["remote"]
    host: Annotated[str, Matching("a host: letters only", "[a-z]+")]


def _mode(value: Any) -> str:
    return str(cast("dict[str, Any]", value).get("mode", "local")) if isinstance(value, dict) else "local"


class Root(Section):
    """What is given."""

    on: StrictBool = False
    color: Literal["red", "green"] = "red"
    count: Annotated[int, Field(ge=1, le=5, strict=True)] = 1
    names: tuple[str, ...] = ()
    labels: dict[str, str] = Field(default_factory=dict[str, str])
    server: Annotated[Annotated[Local, Tag("local")] | Annotated[Remote, Tag("remote")], Discriminator(_mode)] = Local()

    @model_validator(mode="after")
    def _both(self) -> Self:
        if self.on and self.count == 5:
            raise ConflictError("labels.a", "do not fit: drop one")
        return self


def _unknown(place: Place, value: object) -> Iterator[Finding]:
    yield place.path, f"unknown {type(value).__name__}"


def _own(kind: str, place: Place, value: object) -> str | None:
    if kind == "missing":
        return f"is missing in {place.path[0]}"
    return "own" if value == "own" else None


def said(given: Mapping[object, object]) -> dict[str, str]:
    """What is found, by path."""
    with pytest.raises(ValidationError) as caught:
        Root.model_validate(given, by_alias=True, by_name=False)
    return {render(path): message for path, message in refusals(Root, given, caught.value, _unknown, _own)}


@pytest.mark.parametrize(
    ("given", "path", "message"),
    [
        ({"on": MARKER}, "on", "must be true or false, and it is text"),
        ({"on": None}, "on", "is empty: give it true or false, or remove it"),
        ({"color": "Green"}, "color", "must be one of red, green: did you mean green?"),
        ({"color": MARKER}, "color", "must be one of red, green"),
        ({"count": 6}, "count", "must be a whole number from 1 to 5"),
        (
            {"names": ["a", 1]},
            "names[1]",
            "must be text; YAML reads it as a number or as true or false: put it in quotes",
        ),
        ({"names": MARKER}, "names", "must be a list, each text, and it is text"),
        ({"labels": {1: "a"}}, "labels[1]", "is a key that YAML reads"),
        ({"server": {"mode": MARKER}}, "server.mode", "must be one of local, remote"),
        ({"server": {"mode": "remote", "host": MARKER}}, "server.host", "must be a host (letters only)"),
        ({"on": True, "count": 5}, "labels.a", "do not fit: drop one"),
        # What the rooms say themselves.
        ({"server": {"mode": "remote"}}, "server.host", "is missing in server"),
        ({"count": "own"}, "count", "own"),
        ({"xyz": [1]}, "xyz", "unknown list"),
    ],
)
def test_a_finding_names_the_place_and_what_is_needed(given: dict[object, object], path: str, message: str) -> None:
    found = said(given)

    assert list(found) == [path]
    assert found[path].startswith(message)
    assert MARKER not in str(found)


def test_every_error_is_a_finding() -> None:
    assert list(said({"on": 1, "count": 0, "xyz": 1})) == ["on", "count", "xyz"]


def test_the_value_at_a_path_is_found_or_none() -> None:
    given = {"a": [{"b": 1}]}

    assert at(given, ("a", 0, "b")) == 1
    assert [at(given, path) for path in (("a", 1, "b"), ("a", "b"), ("a", 0, "c"), ("x", 0))] == [None] * 4
