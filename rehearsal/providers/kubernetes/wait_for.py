"""The annotation pulumi.com/waitFor: conditions that a program sets for one object."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import cast

from rehearsal.kubernetes.objects import KubeObject, at, condition
from rehearsal.providers.kubernetes.readiness import Judge, NotYet, Ready, Verdict

_CONDITION = re.compile(r"condition=(?P<kind>[^=]+)(?:=(?P<status>.+))?")


class WaitForError(ValueError):
    """The annotation's text cannot be understood."""


def parse(text: str) -> Judge:
    """Turn the annotation into a judge: `condition=Ready`, `condition=Ready=False`, or a JSON list of such.

    Raises:
        WaitForError: a part of it is not; of the official plugin's forms, `jsonpath` is not served.
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
    raise WaitForError(
        f"pulumi.com/waitFor cannot be understood: {text!r}. Write condition=Ready; "
        "the stand-in provider does not serve jsonpath: install the official kubernetes plugin for that"
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
