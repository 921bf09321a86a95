"""Cron schedules, checked as the CronJob controller reads them."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator

from .words import Words

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_FIELDS: tuple[tuple[str, int, int, tuple[str, ...]], ...] = (
    ("minute", 0, 59, ()),
    ("hour", 0, 23, ()),
    ("day of month", 1, 31, ()),
    ("month", 1, 12, _MONTHS),
    ("day of week", 0, 6, _DAYS),
)
_DESCRIPTORS = ("@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly")
# A star or question mark, or a value or range; then a step.
_PART = re.compile(r"(?:[*?]|(?P<first>[a-z0-9]{1,3})(?:-(?P<last>[a-z0-9]{1,3}))?)(?:/(?P<step>[0-9]{1,3}))?")


def _number(text: str, low: int, names: tuple[str, ...]) -> int:
    if text in names:
        return low + names.index(text)
    return int(text) if text.isdecimal() else -1


def _fits(part: str, low: int, high: int, names: tuple[str, ...]) -> bool:
    match = _PART.fullmatch(part)
    if match is None or match["step"] == "0":
        return False
    if match["first"] is None:
        return True
    first = _number(match["first"], low, names)
    last = _number(match["last"], low, names) if match["last"] else first
    return low <= first <= last <= high


def _cron(text: str) -> str:
    if text in _DESCRIPTORS:
        return text
    fields = text.split()
    if len(fields) != len(_FIELDS):
        raise ValueError("must be five cron fields, such as '30 1 * * *', or @daily and the like")
    for field, (name, low, high, names) in zip(fields, _FIELDS, strict=True):
        if not all(_fits(part, low, high, names) for part in field.lower().split(",")):
            raise ValueError(f"has a {name} that cron does not know: {low} to {high}, '*', ranges 'a-b', steps '/n'")
    return text


CronSchedule = Annotated[str, AfterValidator(_cron), Words("a cron schedule: five fields, or @daily and the like")]
