"""Cron schedules, checked as the CronJob controller reads them (github.com/robfig/cron, version 3)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Annotated

from pydantic import AfterValidator

from .words import Words

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
# February of a leap year: one comes within the five years that the controller looks ahead.
_DAYS_IN_MONTH = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_DESCRIPTORS = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
# A star or question mark, or a value or range; then a step.
_PART = re.compile(r"(?:[*?]|(?P<first>[a-z0-9]{1,3})(?:-(?P<last>[a-z0-9]{1,3}))?)(?:/(?P<step>[0-9]{1,3}))?")
_LONGEST = 1000


@dataclass(frozen=True)
class _Field:
    name: str
    low: int
    high: int
    names: tuple[str, ...] = ()

    def values(self, text: str) -> frozenset[int] | None:
        """The values that `text` stands for; None where cron does not know it."""
        found: set[int] = set()
        for part in text.lower().split(","):
            match = _PART.fullmatch(part)
            if match is None:
                return None
            first = self.low if match["first"] is None else self._number(match["first"])
            # With a step, a single value means from there to the end.
            open_end = match["first"] is None or (match["step"] and not match["last"])
            last = self.high if open_end else self._number(match["last"] or match["first"])
            step = int(match["step"] or 1)
            if step == 0 or not self.low <= first <= last <= self.high:
                return None
            found.update(range(first, last + 1, step))
        return frozenset(found)

    def _number(self, text: str) -> int:
        if text in self.names:
            return self.low + self.names.index(text)
        return int(text) if text.isdecimal() else -1


_FIELDS = (
    _Field("minute", 0, 59),
    _Field("hour", 0, 23),
    _Field("day of month", 1, 31),
    _Field("month", 1, 12, _MONTHS),
    _Field("day of week", 0, 6, _WEEKDAYS),
)


def _cron(text: str) -> str:
    if text in _DESCRIPTORS:
        return text
    if text.startswith("@every"):
        raise ValueError("must be five cron fields, such as '0 */6 * * *': @every counts from the last run")
    if "TZ" in text:
        raise ValueError("has a time zone, which the API server refuses in a schedule: give the five fields only")
    # Python's split would take further control characters for blanks; Go's would not.
    if len(text) > _LONGEST or not re.fullmatch(r"[!-~ \t\r\n]*", text):
        raise ValueError("has characters that cron does not know: letters, digits, '*', '?', ',', '-', '/' and blanks")
    texts = text.split()
    if len(texts) != len(_FIELDS):
        raise ValueError("must be five cron fields, such as '30 1 * * *', or @daily and the like")
    found: list[frozenset[int]] = []
    for field, part in zip(_FIELDS, texts, strict=True):
        values = field.values(part)
        if values is None:
            raise ValueError(
                f"has a {field.name} that cron does not know: "
                f"{field.low} to {field.high}, '*', ranges 'a-b', steps '/n'"
            )
        found.append(values)
    _, _, days, months, _ = found
    # A day of week that is restricted too is an alternative, and comes every week.
    alternative = not any(_starred(texts[index]) for index in (2, 4))
    if not alternative and not any(day <= _DAYS_IN_MONTH[month - 1] for day in days for month in months):
        raise ValueError("names a day that none of its months has, and would never run: correct day or month")
    return text


def _starred(text: str) -> bool:
    """Whether cron takes a field for unrestricted."""
    return any(re.fullmatch(r"[*?](/0*1)?", part) for part in text.split(","))


@dataclass(frozen=True)
class Gaps:
    """Seconds between one run of a schedule and the next, without daylight saving time."""

    shortest: int
    longest: int


def gaps(schedule: str) -> Gaps:
    """The gaps of a schedule that `CronSchedule` accepted, over a calendar's whole cycle of 28 years."""
    texts = _DESCRIPTORS.get(schedule, schedule).split()
    minutes, hours, days, months, weekdays = (
        sorted(field.values(part) or ()) for field, part in zip(_FIELDS, texts, strict=True)
    )
    both = any(_starred(texts[index]) for index in (2, 4))

    def runs(day: date) -> bool:
        found = (day.day in days, day.isoweekday() % 7 in weekdays)
        return day.month in months and (all(found) if both else any(found))

    # One run more than the cycle has, so that the gap over its end is among them.
    first, last = date(2000, 1, 1).toordinal(), date(2032, 12, 31).toordinal()
    times = [(hour * 60 + minute) * 60 for hour in hours for minute in minutes]
    dates = [ordinal for ordinal in range(first, last + 1) if runs(date.fromordinal(ordinal))]
    over_night = [(later - earlier) * 86400 + times[0] - times[-1] for earlier, later in pairwise(dates)]
    found = [*over_night, *(later - earlier for earlier, later in pairwise(times))]
    return Gaps(min(found), max(found))


CronSchedule = Annotated[
    str,
    AfterValidator(_cron),
    Words(
        "a cron schedule: five fields, or @daily and the like",
        form=rf"{'|'.join(_DESCRIPTORS)}|[ \t\r\n]*[!-~]+([ \t\r\n]+[!-~]+){{4}}[ \t\r\n]*",
    ),
]
