"""The annotation pulumi.com/waitFor: conditions that a program sets for one object."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import cast

from rehearsal.kubernetes.objects import KubeObject, at, condition
from rehearsal.providers.kubernetes.readiness import Judge, NotYet, Ready, Verdict

_JSONPATH = re.compile(r"jsonpath=\{(?P<path>[^}]*)\}(?:=(?P<value>.*))?", re.DOTALL)
_CONDITION = re.compile(r"condition=(?P<kind>[^=]+)(?:=(?P<status>.+))?")
_STEP = re.compile(r"\.(?P<key>[A-Za-z0-9_-]+)|\[(?P<index>\d+)\]|\[(?P<quote>['\"])(?P<quoted>.+?)(?P=quote)\]|\[\*\]")


class WaitForError(ValueError):
    """The annotation's text cannot be understood."""


def parse(text: str) -> Judge:
    """Turn the annotation into a judge: `jsonpath={.status.phase}=Running`, `condition=Ready`, or a JSON list.

    Raises:
        WaitForError: a part of it is neither.
    """
    judges = [_parse_one(part) for part in _parts(text)]

    def judge(obj: KubeObject) -> Verdict:
        verdicts = (one(obj) for one in judges)
        return next((verdict for verdict in verdicts if not isinstance(verdict, Ready)), Ready())

    return judge


def _parts(text: str) -> Sequence[str]:
    if not text.lstrip().startswith("["):
        return [text.strip()]
    try:
        parts: object = json.loads(text)
    except ValueError:
        raise WaitForError(f"pulumi.com/waitFor is not a JSON list: {text}") from None
    listed = cast("list[object]", parts)
    if not listed or not all(isinstance(part, str) for part in listed):
        raise WaitForError(f"pulumi.com/waitFor must list at least one text: {text}")
    return [str(part).strip() for part in listed]


def _parse_one(text: str) -> Judge:
    if found := _CONDITION.fullmatch(text):
        return _condition_judge(found["kind"], found["status"] or "True")
    if found := _JSONPATH.fullmatch(text):
        return _jsonpath_judge(found["path"], found["value"])
    raise WaitForError(
        f"pulumi.com/waitFor cannot be understood: {text!r}. "
        "Write jsonpath={.status.phase}=Running or condition=Ready"
    )


def _condition_judge(kind: str, status: str) -> Judge:
    def judge(obj: KubeObject) -> Verdict:
        generation = at(obj, "metadata", "generation") or 0
        found = condition(obj, kind)
        if found is None:
            return NotYet(f"condition {kind} is not reported yet")
        # A condition may carry its own generation: an old success proves nothing about the new object.
        if found.get("observedGeneration", generation) < generation:
            return NotYet(f"condition {kind} is about an older generation of the object")
        right = str(found.get("status", "")).lower() == status.lower()
        observed = at(obj, "status", "observedGeneration")
        if right and observed is not None and observed < generation:
            return NotYet(f"condition {kind} is about an older generation of the object")
        if right:
            return Ready()
        # Some operators leave the status' own generation behind when they fail: the condition tells why.
        detail = ": ".join(str(part) for part in (found.get("reason"), found.get("message")) if part)
        return NotYet(f"condition {kind} is {found.get('status')}, not {status}" + (f" ({detail})" if detail else ""))

    return judge


def _jsonpath_judge(path: str, value: str | None) -> Judge:
    steps = _steps(path)

    def judge(obj: KubeObject) -> Verdict:
        found = _select(obj, steps)
        if value is None:
            return Ready() if found else NotYet(f"{path} is not set yet")
        texts = [item if isinstance(item, str) else json.dumps(item) for item in found]
        if texts and all(text == value for text in texts):
            return Ready()
        return NotYet(f"{path} is {', '.join(texts) or 'not set'}, not {value}")

    return judge


def _steps(path: str) -> Sequence[str | int | None]:
    """Map keys, list indexes, and None for every item of a list."""
    rest = path.removeprefix("$")
    rest = rest if rest.startswith((".", "[")) else f".{rest}"
    steps: list[str | int | None] = []
    position = 0
    while position < len(rest):
        found = _STEP.match(rest, position)
        if found is None:
            raise WaitForError(f"pulumi.com/waitFor: {path!r} is not a path of keys, [indexes] and [*]")
        index = found["index"]
        steps.append(found["key"] or found["quoted"] or (int(index) if index is not None else None))
        position = found.end()
    return steps


def _select(tree: object, steps: Sequence[str | int | None]) -> list[object]:
    if not steps:
        return [tree]
    step, rest = steps[0], steps[1:]
    if isinstance(step, str):
        found = at(tree, step)
        return _select(found, rest) if found is not None else []
    if not isinstance(tree, list):
        return []
    listed = cast("list[object]", tree)
    if step is None:
        return [value for item in listed for value in _select(item, rest)]
    return _select(listed[step], rest) if step < len(listed) else []
