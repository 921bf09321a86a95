"""The recurrence rules of schedules, read as Forail reads them (RFC 5545, one DTSTART, no dates of their own)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, lru_cache
from zoneinfo import ZoneInfo, available_timezones

EXAMPLE = "DTSTART:20300101T020000Z RRULE:FREQ=DAILY;INTERVAL=1"
FREQUENCIES = ("YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY")
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
# Forail refuses more.
MOST_RUNS = 999

_START = re.compile(r"DTSTART(?:;TZID=([A-Za-z0-9_+/-]{1,64}))?:(\d{8}T\d{6})(Z?)")
_UNTIL = re.compile(r"(\d{8}T\d{6})(Z?)")
_DAY = re.compile(r"([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)")
# Lowest and highest value of each list; from the end of the period where negative numbers are allowed.
_RANGES: Mapping[str, tuple[int, int, bool]] = {
    "BYMONTH": (1, 12, False),
    "BYMONTHDAY": (1, 31, True),
    "BYYEARDAY": (1, 366, True),
    "BYWEEKNO": (1, 53, True),
    "BYHOUR": (0, 23, False),
    "BYMINUTE": (0, 59, False),
    "BYSECOND": (0, 59, False),
    "BYSETPOS": (1, 366, True),
}


class RuleError(ValueError):
    """A rule that Forail refuses, or that never starts anything; says what to do."""


@dataclass(frozen=True)
class Rule:
    """One RRULE."""

    frequency: str
    interval: int
    count: int | None
    until: datetime | None
    """In the time zone of the start, without naming it."""
    lists: Mapping[str, tuple[int, ...]]
    """The BY lists of numbers."""
    days: tuple[tuple[int, int], ...]
    """BYDAY: which one of the period (0 for each), and the day of the week from Monday = 0."""
    week_start: int


@dataclass(frozen=True)
class Recurrence:
    """A whole recurrence."""

    start: datetime
    """The first possible time, in its own time zone, without naming it."""
    rules: tuple[Rule, ...]
    floating_until: bool
    """An UNTIL lacks its Z: Forail stores another text, and the operator corrects it every minute."""


@lru_cache(maxsize=4096)
def parse(text: str) -> Recurrence:
    """The recurrence that `text` describes.

    Raises:
        RuleError: Forail would refuse it.
    """
    tokens = text.split()
    if not tokens:
        raise RuleError(f"is empty: give a start and a rule, such as {EXAMPLE}")
    starts = [token for token in tokens if token.startswith("DTSTART")]
    rules = [token for token in tokens if token.startswith("RRULE:")]
    for token in tokens:
        if token.startswith(("EXDATE", "RDATE")):
            raise RuleError("holds single dates (EXDATE or RDATE), which Forail refuses: describe the rule alone")
        if not token.startswith(("DTSTART", "RRULE:", "EXRULE:")):
            raise RuleError(f"has a part that is neither DTSTART nor RRULE: write it like {EXAMPLE}")
    if not starts:
        raise RuleError(f"has no DTSTART: put the first possible start in front, such as {EXAMPLE}")
    if len(starts) > 1:
        raise RuleError("has more than one DTSTART: keep one")
    if not rules:
        raise RuleError(f"has no RRULE: write it like {EXAMPLE}")
    start, local = _start(starts[0])
    parts = [_parts(token.partition(":")[2]) for token in tokens if not token.startswith("DTSTART")]
    kept = [_parts(token.partition(":")[2]) for token in rules]
    floating = any("UNTIL" in part and not part["UNTIL"].endswith("Z") for part in parts)
    return Recurrence(start, tuple(_rule(part, local) for part in kept), floating)


def _start(token: str) -> tuple[datetime, Callable[[datetime], datetime]]:
    """The start, and what turns a time in UTC into its time zone."""
    match = _START.fullmatch(token)
    if match is None:
        raise RuleError("has a DTSTART of another form: write DTSTART:20300101T020000Z, or with ;TZID=Europe/Berlin")
    zone, moment, utc = match.groups()
    if not utc and zone is None:
        raise RuleError("has a DTSTART without time zone: end it with Z for UTC, or write DTSTART;TZID=Europe/Berlin:…")
    if utc and zone is not None:
        raise RuleError("has a DTSTART with both TZID and Z: keep one of them")
    # A machine without a time zone database knows no names: then Forail has the last word.
    known = zone is not None and zone in _zones()
    if zone is not None and not known and _zones():
        raise RuleError("has a DTSTART with an unknown time zone: write a name such as Europe/Berlin")
    place = ZoneInfo(zone) if zone is not None and known else None
    return _moment(moment, "DTSTART"), lambda time: _moved(time, place)


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _moved(time: datetime, zone: ZoneInfo | None) -> datetime:
    try:
        return time.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None) if zone is not None else time
    except (OverflowError, ValueError):
        return time


def _moment(text: str, key: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y%m%dT%H%M%S")
    except ValueError:
        raise RuleError(f"has a date in {key} that does not exist: correct it") from None


def _parts(rule: str) -> dict[str, str]:
    parts: dict[str, str] = {}
    for part in rule.split(";"):
        key, equals, value = part.partition("=")
        if not equals or not value or not re.fullmatch(r"[A-Z]{1,20}", key):
            raise RuleError("has a part that is not KEY=value with a key in capitals: write FREQ=DAILY;INTERVAL=1")
        if key in parts:
            raise RuleError(f"has {key} twice in one rule: keep one")
        parts[key] = value
    return parts


def _rule(parts: dict[str, str], local: Callable[[datetime], datetime]) -> Rule:
    unknown = [key for key in parts if key not in _RANGES and key not in _SINGLE]
    if unknown:
        raise RuleError(f"has {unknown[0]}, which is no part of a rule: remove it")
    frequency = parts.get("FREQ", "")
    if frequency == "SECONDLY":
        raise RuleError("has FREQ=SECONDLY, which Forail refuses: MINUTELY is the finest")
    if frequency not in FREQUENCIES:
        raise RuleError(f"needs FREQ, one of {', '.join(FREQUENCIES)}")
    if "INTERVAL" not in parts:
        raise RuleError("has no INTERVAL, which Forail requires: add INTERVAL=1")
    if "COUNT" in parts and "UNTIL" in parts:
        raise RuleError("has both COUNT and UNTIL: keep one of them")
    return Rule(
        frequency,
        _number(parts["INTERVAL"], "INTERVAL", 1, 10**6),
        _count(parts),
        _until(parts, local),
        {key: _numbers(parts[key], key) for key in _RANGES if key in parts},
        _days(parts, frequency),
        WEEKDAYS.index(parts.get("WKST", "MO")) if parts.get("WKST", "MO") in WEEKDAYS else _refuse("WKST"),
    )


_SINGLE = ("FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "WKST")


def _refuse(key: str) -> int:
    raise RuleError(f"has a {key} that is no day of the week: write one of {', '.join(WEEKDAYS)}")


def _count(parts: Mapping[str, str]) -> int | None:
    if "COUNT" not in parts:
        return None
    count = _number(parts["COUNT"], "COUNT", 0, MOST_RUNS)
    if count == 0:
        raise RuleError("never starts anything: COUNT is 0; remove it, or remove the schedule")
    return count


def _until(parts: Mapping[str, str], local: Callable[[datetime], datetime]) -> datetime | None:
    if "UNTIL" not in parts:
        return None
    match = _UNTIL.fullmatch(parts["UNTIL"])
    if match is None:
        raise RuleError("has an UNTIL of another form: write UNTIL=20301231T235959Z")
    moment = _moment(match.group(1), "UNTIL")
    return local(moment) if match.group(2) else moment


def _number(text: str, key: str, low: int, high: int) -> int:
    if not re.fullmatch(r"\d{1,9}", text) or not low <= int(text) <= high:
        raise RuleError(f"has {key} out of range: give a whole number from {low} to {high}")
    return int(text)


def _numbers(text: str, key: str) -> tuple[int, ...]:
    low, high, negative = _RANGES[key]
    found: list[int] = []
    for item in text.split(","):
        if (
            not re.fullmatch(r"[+-]?\d{1,3}", item)
            or not low <= abs(int(item)) <= high
            or (int(item) < 0 and not negative)
        ):
            below = f", or -{high} to -{low} counted from the end" if negative else ""
            raise RuleError(f"has {key} out of range: give numbers from {low} to {high}{below}")
        found.append(int(item))
    return tuple(found)


def _days(parts: Mapping[str, str], frequency: str) -> tuple[tuple[int, int], ...]:
    found: list[tuple[int, int]] = []
    for place, item in enumerate(parts["BYDAY"].split(",") if "BYDAY" in parts else ()):
        match = _DAY.fullmatch(item)
        if match is None:
            raise RuleError(f"has a BYDAY that is no day of the week: write some of {', '.join(WEEKDAYS)}")
        number = match.group(1)
        if place == 0 and number is not None and number[0].isdigit():
            raise RuleError("has BYDAY with a number in front, which Forail refuses: use BYDAY=MO with BYSETPOS=1")
        if number is not None and (int(number) == 0 or frequency not in ("YEARLY", "MONTHLY")):
            raise RuleError("has BYDAY with a number, which only counts in FREQ=MONTHLY or YEARLY: leave it out")
        found.append((int(number or 0), WEEKDAYS.index(match.group(2))))
    return tuple(found)
