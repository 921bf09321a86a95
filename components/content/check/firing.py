"""Whether a recurrence ever starts anything. In doubt it does: only what is sure to be dead is refused."""

from __future__ import annotations

from datetime import datetime, time
from functools import lru_cache
from math import prod

from dateutil.rrule import DAILY, rrule

from ...api.models import Schedule
from .protocol import Found
from .rrule import STEPPED_OVER, Rule, RuleError, parse

# After so many years the calendar repeats itself, weekdays included.
CALENDAR_YEARS = 400
# Where the library stops searching.
_LAST_YEAR = 9999
# What has several values within one step of a frequency below a day.
_WITHIN = {"HOURLY": ("BYMINUTE", "BYSECOND"), "MINUTELY": ("BYSECOND",), "SECONDLY": ()}


@lru_cache(maxsize=4096)
def refusal(text: str) -> str:
    """Why a schedule with the recurrence `text` would not work; empty when it would."""
    try:
        recurrence = parse(text)
    except RuleError as error:
        return str(error)
    reasons = [_reason(rule) for rule in recurrence.rules]
    dead = reasons and all(reasons) and not recurrence.dates
    return f"never starts anything: {reasons[0]}" if dead else ""


def check(spec: Schedule) -> Found:
    """A recurrence that Forail refuses, or that never starts anything."""
    if refused := refusal(spec.rrule):
        yield ("spec", "rrule"), refused


def _reason(rule: Rule) -> str:
    """Why the rule has no occurrence; empty when it has one."""
    if rule.until is not None and rule.until < rule.start:
        return "UNTIL is before DTSTART; move one of them"
    if int(rule.parts.get("COUNT", "1")) < 1:
        return "COUNT is 0; remove it, or remove the schedule"
    steps = _WITHIN.get(rule.parts["FREQ"])
    if steps is not None and not _has_time(rule, steps):
        return STEPPED_OVER
    if not _has_day(rule, below_a_day=steps is not None):
        until = "up to UNTIL" if rule.until is not None else f"in {CALENDAR_YEARS} years"
        return f"no day {until} fits FREQ, INTERVAL and the BY parts together (30 February would not); change one"
    return ""


def _has_time(rule: Rule, steps: tuple[str, ...]) -> bool:
    """Whether a rule with a frequency below a day meets an hour, minute and second that it allows."""
    # A place that no step has: the library would look at each step of eight thousand years.
    most = prod(len(set(rule.parts[key].split(","))) for key in steps if key in rule.parts)
    if all(abs(int(place)) > most for place in rule.parts.get("BYSETPOS", "1").split(",")):
        return False
    return _occurs(
        rule.read.replace(
            dtstart=rule.start, until=None, count=None, bysetpos=None,
            bymonth=None, bymonthday=None, byyearday=None, byweekno=None, byweekday=None, byeaster=None,
        )
    )  # fmt: skip


def _has_day(rule: Rule, below_a_day: bool) -> bool:
    """Whether there is a day, sought at the end of the library's calendar, where the search is short."""
    # Easter does not repeat with the calendar.
    if "BYEASTER" in rule.parts:
        return True
    years = max((_LAST_YEAR - rule.start.year) // CALENDAR_YEARS - 1, 0) * CALENDAR_YEARS
    start, until = _later(rule.start, years), _later(rule.until, years)
    moved = rule.read.replace(dtstart=start, until=until, count=None)
    if below_a_day:
        # Whatever day it allows: which of its steps meets it is left open.
        first = start and datetime.combine(start, time.min)
        moved = moved.replace(
            dtstart=first, freq=DAILY, interval=1, byhour=None, byminute=None, bysecond=None, bysetpos=None
        )
    return _occurs(moved)


def _later(moment: datetime | None, years: int) -> datetime | None:
    """The same day in a later round of the calendar; None beyond its end."""
    if moment is None or moment.year + years > _LAST_YEAR:
        return None
    return moment.replace(year=moment.year + years)


def _occurs(rule: rrule) -> bool:
    try:
        return next(iter(rule), None) is not None
    except (ValueError, TypeError, ArithmeticError):
        # The library found out only now that INTERVAL steps over everything, or that a time does not exist.
        return False
