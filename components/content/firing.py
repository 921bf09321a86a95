"""Whether a recurrence ever starts anything. In doubt it does: only what is sure to be dead is refused."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from .rrule import Rule, RuleError, parse

# After so many years the calendar repeats itself, weekdays included.
_CALENDAR_YEARS = 400
_LAST_YEAR = 9999
_MINUTES = 24 * 60


@lru_cache(maxsize=4096)
def refusal(text: str) -> str:
    """Why a schedule with the recurrence `text` would not work; empty when it would."""
    try:
        recurrence = parse(text)
    except RuleError as error:
        return str(error)
    reasons = [_reason(rule, recurrence.start) for rule in recurrence.rules]
    return f"never starts anything: {reasons[0]}" if all(reasons) else ""


def _reason(rule: Rule, start: datetime) -> str:
    """Why the rule has no occurrence; empty when it has one."""
    if rule.until is not None and rule.until < start:
        return "UNTIL is before DTSTART; move one of them"
    if not _has_time(rule, start):
        return "FREQ and INTERVAL step over every hour or minute that BYHOUR and BYMINUTE allow; change one"
    if not _has_day(rule, start):
        until = " up to UNTIL" if rule.until is not None else ""
        return f"no day{until} fits FREQ, INTERVAL and the BY parts together (30 February would not); change one"
    return ""


def _has_time(rule: Rule, start: datetime) -> bool:
    hours = set(rule.lists.get("BYHOUR", range(24)))
    minutes = set(rule.lists.get("BYMINUTE", range(60)))
    if rule.frequency == "HOURLY":
        return any((start.hour + step * rule.interval) % 24 in hours for step in range(24))
    if rule.frequency == "MINUTELY":
        first = start.hour * 60 + start.minute
        times = (divmod((first + step * rule.interval) % _MINUTES, 60) for step in range(_MINUTES))
        return any(hour in hours and minute in minutes for hour, minute in times)
    return True


def _has_day(rule: Rule, start: datetime) -> bool:
    last = min(start.year + _CALENDAR_YEARS, _LAST_YEAR)
    end = min(rule.until.date() if rule.until is not None else date.max, date(last, 12, 31))
    for days in _periods(rule, start.date(), end):
        for day in days:
            if start.date() <= day <= end and _fits(rule, day, start.date()) and _in_time(rule, day, start):
                return True
    return False


def _in_time(rule: Rule, day: date, start: datetime) -> bool:
    """Whether the earliest run of that day is not after UNTIL."""
    if rule.until is None:
        return True
    if rule.frequency in ("HOURLY", "MINUTELY"):
        return True
    hour = min(rule.lists.get("BYHOUR", (start.hour,)))
    minute = min(rule.lists.get("BYMINUTE", (start.minute,)))
    second = min(rule.lists.get("BYSECOND", (start.second,)))
    return datetime.combine(day, time(hour, minute, second)) <= rule.until


def _periods(rule: Rule, start: date, end: date) -> Iterator[Sequence[date]]:
    """The days of each period that the rule looks at, until `end`."""
    if rule.frequency in ("YEARLY", "MONTHLY"):
        step = rule.interval * (12 if rule.frequency == "YEARLY" else 1)
        months = 12 if rule.frequency == "YEARLY" else 1
        first = start.year * 12 + (start.month - 1 if rule.frequency == "MONTHLY" else 0)
        for number in range(first, end.year * 12 + end.month, step):
            wanted = [divmod(number + offset, 12) for offset in range(months)]
            yield [
                date(year, month + 1, day)
                for year, month in wanted
                if month + 1 in rule.lists.get("BYMONTH", (month + 1,))
                for day in range(1, monthrange(year, month + 1)[1] + 1)
            ]
        return
    weekly = rule.frequency == "WEEKLY"
    first_day = start.toordinal() - ((start.weekday() - rule.week_start) % 7 if weekly else 0)
    # Finer frequencies may meet any day; whether they meet the hour is another question.
    step = rule.interval * 7 if weekly else rule.interval if rule.frequency == "DAILY" else 1
    for number in range(first_day, end.toordinal() + 1, step):
        span = range(max(number, 1), min(number + (7 if weekly else 1), date.max.toordinal() + 1))
        yield [date.fromordinal(ordinal) for ordinal in span]


def _fits(rule: Rule, day: date, start: date) -> bool:
    lists = rule.lists
    days_in_month = monthrange(day.year, day.month)[1]
    if "BYMONTH" in lists and day.month not in lists["BYMONTH"]:
        return False
    if "BYMONTHDAY" in lists and not {day.day, day.day - days_in_month - 1} & set(lists["BYMONTHDAY"]):
        return False
    if "BYYEARDAY" in lists and not _positions(day, date(day.year, 1, 1), 365 + _leap(day)) & set(lists["BYYEARDAY"]):
        return False
    if rule.days and not any(_is_day(rule, day, number, weekday) for number, weekday in rule.days):
        return False
    if rule.days or {"BYMONTHDAY", "BYYEARDAY", "BYWEEKNO"} & set(lists):
        return True
    # Without a day of its own, a rule takes that of its start.
    if rule.frequency == "YEARLY":
        return day.day == start.day and ("BYMONTH" in lists or day.month == start.month)
    if rule.frequency == "MONTHLY":
        return day.day == start.day
    return rule.frequency != "WEEKLY" or day.weekday() == start.weekday()


def _is_day(rule: Rule, day: date, number: int, weekday: int) -> bool:
    if day.weekday() != weekday:
        return False
    if number == 0:
        return True
    if rule.frequency == "MONTHLY" or "BYMONTH" in rule.lists:
        first, days = day.replace(day=1), monthrange(day.year, day.month)[1]
    else:
        first, days = date(day.year, 1, 1), 365 + _leap(day)
    since = (day - first).days
    return number in (since // 7 + 1, -((days - 1 - since) // 7 + 1))


def _positions(day: date, first: date, days: int) -> set[int]:
    """Its number from the start of a period of `days`, and from its end."""
    since = (day - first) // timedelta(days=1)
    return {since + 1, since - days}


def _leap(day: date) -> int:
    return monthrange(day.year, 2)[1] - 28
