"""Reads what `pulumi preview --json` prints, or the lines of `--event-log` and `pulumi up --json`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

Json = Mapping[str, Any]
# A replacement comes as up to three steps, of which one tells the whole.
_PARTS = ("create-replacement", "delete-replaced")
_NOTHING = ("same", "read", "refresh")
_NONE: Json = {}


class PlanError(ValueError):
    """The text is no plan of the engine's."""


@dataclass(frozen=True)
class Change:
    """What happens to one resource."""

    operation: str
    """create, update, replace or delete."""
    urn: str
    """Its URN."""
    old: Json = field(default_factory=dict[str, Any])
    """Its inputs before."""
    new: Json = field(default_factory=dict[str, Any])
    """Its inputs after."""

    @property
    def kind(self) -> str:
        """The last part of the type token."""
        return self.urn.split("::")[2].rpartition(":")[2]

    @property
    def name(self) -> str:
        """The name in the program."""
        return self.urn.partition("::")[2].split("::", 2)[2]

    @property
    def is_object(self) -> bool:
        """Whether it is an object of the cluster."""
        return self.urn.split("::")[2].rpartition("$")[2].startswith("kubernetes:")


def changes(text: str) -> tuple[Change, ...]:
    """What the plan in `text` changes, in its order.

    Raises:
        PlanError: it is no plan. The message shows nothing of it.
    """
    try:
        documents = _documents(text)
        failed = any(_failed(document) for document in documents)
        steps = [step for document in documents for step in _steps(document)]
        found = tuple(_change(step) for step in steps if step["op"] not in (*_NOTHING, *_PARTS))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise PlanError("this is no plan: give what `pulumi preview --json` prints") from None
    if failed or not steps:
        raise PlanError("this preview failed, or planned nothing at all: run `pulumi preview` to see why")
    return found


def _documents(text: str) -> list[Json]:
    try:
        return [json.loads(text)]
    except ValueError:
        return [json.loads(line) for line in text.splitlines() if line.strip()]


def _failed(document: Json) -> bool:
    told = cast("list[Json]", [*(document.get("diagnostics") or ()), document.get("diagnosticEvent") or _NONE])
    return any(one.get("severity") == "error" for one in told)


def _steps(document: Json) -> Iterator[Json]:
    if "resourcePreEvent" in document:
        yield document["resourcePreEvent"]["metadata"]
    yield from cast("list[Json]", document.get("steps") or [])


def _change(step: Json) -> Change:
    return Change(str(step["op"]), str(step["urn"]), _inputs(step, "old"), _inputs(step, "new"))


def _inputs(step: Json, side: str) -> Json:
    """Of the state before or after, as a line of the log or the plan names it."""
    state: Json = step.get(side) or step.get(f"{side}State") or _NONE
    return state.get("inputs") or _NONE
