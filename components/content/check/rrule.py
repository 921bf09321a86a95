"""The recurrences of schedules: read by the library that Forail reads them with, refused where Forail refuses them."""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import lru_cache

from dateutil import parser, tz
from dateutil.rrule import rrule, rrulestr

EXAMPLE = "DTSTART:20300101T020000Z RRULE:FREQ=DAILY;INTERVAL=1"
# Forail refuses more.
MOST_RUNS = 999
# No rule that people write comes near; the library compares each day with each number of a list.
MOST_CHARACTERS = 2000
STEPPED_OVER = "FREQ and INTERVAL step over every hour or minute that BYHOUR and BYMINUTE allow; change one"
_ZONES = dict.fromkeys(parser.parserinfo.UTCZONE, tz.UTC)
_START = re.compile(r"DTSTART(?:;[^:]+)?:[0-9]+T[0-9]+Z?")
_RULE = re.compile(r"RULE:\S*")
_UNTIL = re.compile(r"UNTIL=([0-9]+T[0-9]+)(Z?)")
_NUMBERED_DAY = re.compile(r"BYDAY[:=][0-9]+[A-Za-z]{2}")
_COUNT = re.compile(r"COUNT=0*([0-9]*)")
# What dateutil raises for parts that it cannot use.
_UNREADABLE = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError)
_BLAMED = re.compile(r"(unknown parameter|invalid) '([A-Z]{1,20})'")


class RuleError(ValueError):
    """A rule that Forail refuses, or that never starts anything; says what to do."""


@dataclass(frozen=True)
class Rule:
    """One RRULE with the start of the whole."""

    read: rrule
    """As the library reads it."""
    parts: Mapping[str, str]
    """Its values by key, all in capitals."""
    start: datetime
    """The first possible time, in its own time zone, without naming it."""
    until: datetime | None
    """UNTIL in the same zone, without naming it."""


@dataclass(frozen=True)
class Recurrence:
    """A whole recurrence."""

    text: str
    """As Forail stores it: on one line, and every UNTIL in UTC."""
    rules: tuple[Rule, ...]
    """Its RRULEs."""
    dates: bool
    """There is an RDATE beside the rules, in the one form that Forail lets pass."""


@lru_cache(maxsize=4096)
def parse(text: str) -> Recurrence:
    """The recurrence that `text` describes.

    Raises:
        RuleError: Forail would refuse it.
    """
    line = " ".join(text.split())
    _envelope(line)
    for found in _RULE.findall(line):
        _rule(found)
    with warnings.catch_warnings():
        # A zone that dateutil does not know is an error below, not a warning on the terminal.
        warnings.simplefilter("ignore")
        start, token = _start(line)
        stored = " ".join(_in_utc(part, line, token, start.tzinfo) for part in line.split())
        _read(stored)
        rules = tuple(_one(token, part, start) for part in stored.split() if _name(part) == "RRULE")
    return Recurrence(stored, rules, any(_name(part) == "RDATE" for part in stored.split()))


def _envelope(line: str) -> None:
    if not line:
        raise RuleError(f"is empty: give a start and a rule, such as {EXAMPLE}")
    if len(line) > MOST_CHARACTERS:
        raise RuleError(f"has over {MOST_CHARACTERS} characters: split it into several schedules")
    starts = _START.findall(line)
    if not starts:
        raise RuleError(f"has no DTSTART that Forail knows: give the first possible start, such as {EXAMPLE}")
    if len(starts) > 1:
        raise RuleError("has more than one DTSTART: keep one")
    folded = line.lower()
    if "rrule:" not in folded:
        raise RuleError(f"has no RRULE: write it like {EXAMPLE}")
    if "exdate:" in folded or "rdate:" in folded:
        raise RuleError("holds single dates (EXDATE or RDATE), which Forail refuses: keep only the rule")


def _rule(found: str) -> None:
    """Forail looks at these only where RRULE is in capitals; what follows it may be in any case."""
    folded = found.lower()
    if "interval" not in folded:
        raise RuleError("has no INTERVAL, which Forail requires: add INTERVAL=1")
    if "secondly" in folded:
        raise RuleError("has FREQ=SECONDLY, which Forail refuses: MINUTELY is the finest")
    if _NUMBERED_DAY.search(found):
        raise RuleError("has BYDAY with a number in front, which Forail refuses: use BYDAY=MO with BYSETPOS=1")
    if "COUNT" in found and "UNTIL" in found:
        raise RuleError("has both COUNT and UNTIL: keep one of them")
    count = _COUNT.search(found)
    if count and len(count.group(1)) > len(str(MOST_RUNS)):
        raise RuleError(f"has COUNT over {MOST_RUNS}, which Forail refuses: use UNTIL, or a smaller COUNT")


def _name(part: str) -> str:
    """The property that a part of the text gives; what names none is a rule to dateutil."""
    name, colon, _ = part.upper().partition(":")
    return name.partition(";")[0] if colon else "RRULE"


def _moment(token: str) -> datetime:
    """The time that a DTSTART gives; raises one of _UNREADABLE."""
    return rrulestr(f"{token} RRULE:FREQ=DAILY;COUNT=1", tzinfos=_ZONES)[0]


def _start(line: str) -> tuple[datetime, str]:
    """The start with its time zone, and the part that gives it."""
    token = [part for part in line.split() if _name(part) == "DTSTART"][-1:]
    if not token:
        raise RuleError(f"has no DTSTART of its own: give the first possible start, such as {EXAMPLE}")
    try:
        start = _moment(token[0])
    except _UNREADABLE:
        raise RuleError(
            "has a DTSTART that does not exist, or of another form: write DTSTART:20300101T020000Z, or with "
            ";TZID=Europe/Berlin in place of the Z"
        ) from None
    if start.tzinfo is None:
        raise RuleError(
            "has a DTSTART without time zone, or with an unknown one: end it with Z for UTC, or write "
            "DTSTART;TZID=Europe/Berlin:…"
        )
    return start, token[0]


def _in_utc(part: str, line: str, token: str, zone: tzinfo | None) -> str:
    """The part with its UNTIL as Forail stores it: one without Z is meant in the zone of the start."""
    if "until=" not in part.lower():
        return part
    match = _UNTIL.search(part)
    if match is None:
        raise RuleError("has an UNTIL of another form: write UNTIL=20301231T235959Z, in capitals")
    if match.group(2):
        return part
    if f"{token} " not in line:
        raise RuleError("has an UNTIL without Z before its DTSTART, which Forail refuses: put DTSTART in front")
    try:
        moment = datetime.strptime(match.group(1), "%Y%m%dT%H%M%S").replace(tzinfo=zone).astimezone(UTC)
    except _UNREADABLE:
        raise RuleError("has an UNTIL that does not exist: correct it") from None
    return part.replace(match.group(0), f"UNTIL={moment:%Y%m%dT%H%M%SZ}")


def _read(stored: str) -> None:
    try:
        rrulestr(stored, forceset=True, tzinfos=_ZONES)
    except _UNREADABLE as error:
        raise RuleError(_explained(str(error))) from None
    for part in stored.split():
        name = _name(part)
        # Forail overlooks single dates that carry a parameter; with and without a zone they cannot be compared.
        if name in ("EXDATE", "RDATE") and _moment("DTSTART" + part[len(name) :].partition(",")[0]).tzinfo is None:
            raise RuleError(f"has an {name} without time zone: end it with Z, or give it a TZID where DTSTART has one")
        if name in ("RRULE", "EXRULE") and int(_parts(part).get("INTERVAL", "1")) < 1:
            raise RuleError("has an INTERVAL below 1, and Forail would seek the next run for ever: give 1 or more")


def _explained(error: str) -> str:
    if "empty" in error:
        return f"never starts anything: {STEPPED_OVER}"
    blamed = _BLAMED.search(error)
    if blamed is None:
        return f"is not a rule that Forail can read: write it like {EXAMPLE}"
    what, key = blamed.groups()
    return f"has {key}, which is not part of a rule: remove it" if what != "invalid" else f"has {key} of another form"


def _one(token: str, part: str, start: datetime) -> Rule:
    read = rrulestr(f"{token} {part}", tzinfos=_ZONES)
    if not isinstance(read, rrule):
        raise TypeError(f"one RRULE is one rule, and this is a {type(read).__name__}")
    parts = _parts(part)
    until = parser.parse(parts["UNTIL"], tzinfos=_ZONES).astimezone(start.tzinfo) if "UNTIL" in parts else None
    return Rule(read, parts, start.replace(tzinfo=None), until.replace(tzinfo=None) if until else None)


def _parts(part: str) -> Mapping[str, str]:
    pairs = [pair.partition("=") for pair in part.upper().rpartition(":")[2].split(";")]
    return {key: value for key, _, value in pairs}
