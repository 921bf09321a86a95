"""Recurrences of schedules: which of them Forail refuses, and when one starts next."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from dateutil.rrule import rruleset, rrulestr

_PERIODS = {"MINUTELY": 60, "HOURLY": 3600, "DAILY": 86400, "WEEKLY": 604800}
_START = re.compile(r"DTSTART(?:;[^:]+)?:[0-9]+T[0-9]+Z?")
_NAIVE_START = re.compile(r"DTSTART:[0-9]+T[0-9]+ ")
_RULE = re.compile(r"RULE:\S*")
_NAIVE_UNTIL = re.compile(r"(UNTIL=[0-9]+T[0-9]+)(?!Z|[0-9])")

_OF_TEXT: Sequence[tuple[Callable[[str], object], str]] = (
    (lambda text: not _START.search(text), "Valid DTSTART required in rrule."),
    (_NAIVE_START.search, "DTSTART cannot be a naive datetime."),
    (lambda text: len(_START.findall(text)) > 1, "Multiple DTSTART is not supported."),
    (lambda text: "rrule:" not in text.lower(), "One or more rule required in rrule."),
    (lambda text: "exdate:" in text.lower(), "EXDATE not allowed in rrule."),
    (lambda text: "rdate:" in text.lower(), "RDATE not allowed in rrule."),
)
_OF_RULE: Sequence[tuple[Callable[[str], object], str]] = (
    (lambda rule: "interval" not in rule.lower(), "INTERVAL required in rrule"),
    (lambda rule: "interval" in rule.lower() and "secondly" in rule.lower(), "SECONDLY is not supported"),
    (re.compile(r"BYDAY[:=][0-9]+[a-zA-Z]{2}").search, "BYDAY with numeric prefix not supported"),
    (lambda rule: "COUNT" in rule and "UNTIL" in rule, "RRULE may not contain both COUNT and UNTIL"),
    (lambda rule: any(int(count) > 999 for count in re.findall(r"COUNT=([0-9]+)", rule)), "COUNT > 999 is unsupported"),
)


def refusals(text: str) -> list[str]:
    """Why Forail refuses a recurrence; empty when it does not. The order of start and rules does not matter."""
    found = [message for applies, message in _OF_TEXT if applies(text)]
    found += [f"{message}: {rule}" for rule in _RULE.findall(text) for applies, message in _OF_RULE if applies(rule)]
    try:
        _parse(text)
    except Exception as error:
        # The library answers a text that it cannot read with whatever happens to it then, and so does Forail.
        found.append(f"rrule parsing failed validation: {error}")
    return found


def _parse(text: str) -> None:
    parsed = rrulestr(_NAIVE_UNTIL.sub(r"\1Z", text), forceset=True)
    assert isinstance(parsed, rruleset), "the library was asked for a set"
    start = _START.search(text)
    if start and ";TZID=" not in start[0] and not start[0].endswith("Z"):
        raise ValueError("A valid TZID must be provided (e.g., America/New_York)")


def next_start(rrule: str, now: datetime) -> str:
    """When a rule starts next, as far as start, frequency and interval tell; empty when they do not."""
    rules: list[str] = _RULE.findall(rrule)
    parts = dict(part.split("=", 1) for part in "".join(rules[-1:]).removeprefix("RULE:").split(";") if "=" in part)
    start = _START.search(rrule)
    try:
        text = (start[0] if start else "").rpartition(":")[2].removesuffix("Z")
        first = datetime.strptime(text, "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
        period = timedelta(seconds=_PERIODS[parts.get("FREQ", "")] * int(parts.get("INTERVAL", "1")))
    except (ValueError, KeyError):
        return ""
    if first < now and period:
        first += ((now - first) // period + 1) * period
    return first.strftime("%Y-%m-%dT%H:%M:%SZ")
