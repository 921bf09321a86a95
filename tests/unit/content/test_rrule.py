"""Recurrences: what Forail refuses is refused here and nothing else, but for what never starts anything."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.content.apply.manifest import spec_of
from components.content.check import firing
from components.content.check.rrule import parse
from tests.unit.content.builders import schedule
from tests.unit.content.manifests import load

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
START = "DTSTART:20300101T020000Z "
DAILY = "RRULE:FREQ=DAILY;INTERVAL=1"


@pytest.mark.parametrize(
    "rule",
    [
        START + DAILY,
        "DTSTART;TZID=Europe/Berlin:20300101T020000 " + DAILY,
        f"{START}\n{DAILY}",
        f"{DAILY} {START}",
        f"{START}{DAILY} EXRULE:FREQ=WEEKLY;INTERVAL=1;BYDAY=SU",
        START + "RRULE:FREQ=DAILY;INTERVAL=1;COUNT=999",
        START + "RRULE:FREQ=DAILY;INTERVAL=1;UNTIL=20300101T020000Z",
        "DTSTART;TZID=America/New_York:20300101T020000 RRULE:FREQ=DAILY;INTERVAL=1;UNTIL=20300101T070000Z",
        START + "RRULE:FREQ=YEARLY;INTERVAL=1;BYMONTH=2;BYMONTHDAY=29",
        START + "RRULE:FREQ=YEARLY;INTERVAL=3;BYMONTH=2;BYMONTHDAY=29",
        START + "RRULE:FREQ=MONTHLY;INTERVAL=1;BYDAY=-1FR",
        START + "RRULE:FREQ=MONTHLY;INTERVAL=1;BYDAY=MO;BYSETPOS=1",
        START + "RRULE:FREQ=MONTHLY;INTERVAL=1;BYMONTHDAY=-31",
        START + "RRULE:FREQ=YEARLY;INTERVAL=1;BYYEARDAY=366",
        START + "RRULE:FREQ=YEARLY;INTERVAL=1;BYWEEKNO=53;BYDAY=MO;WKST=SU",
        START + "RRULE:FREQ=HOURLY;INTERVAL=2;BYHOUR=4",
        START + "RRULE:FREQ=MINUTELY;INTERVAL=45;BYHOUR=5;BYMINUTE=45",
        START + "RRULE:FREQ=MONTHLY;INTERVAL=1;BYMONTHDAY=31;BYMONTH=4 RRULE:FREQ=DAILY;INTERVAL=1",
        # Words in any case, and what Forail looks at only where RRULE is in capitals.
        START + "RRULE:freq=daily;interval=1",
        START + "rrule:freq=daily",
        START + "rrule:freq=secondly",
        START + "rrule:freq=monthly;byday=1mo",
        # Rules that only the library knows.
        START + "RRULE:FREQ=YEARLY;INTERVAL=1;BYEASTER=0",
        START + "RRULE:FREQ=DAILY;INTERVAL=1;BYEASTER=-2;BYHOUR=8",
        START + "RRULE:FREQ=DAILY;INTERVAL=1;INTERVAL=2",
        START + "RRULE:FREQ=WEEKLY;INTERVAL=1;BYDAY=-1MO",
        START + "RRULE:FREQ=WEEKLY;INTERVAL=1;BYDAY=MO(1)",
        START + "RRULE:FREQ=WEEKLY;INTERVAL=1;WKST=SU;BYDAY=+1TU",
        START + "RRULE:FREQ=DAILY;INTERVAL=1000000000",
        START + DAILY + " EXDATE;TZID=Europe/Berlin:20300101T020000",
        START + "RRULE:FREQ=DAILY;INTERVAL=1;BYMONTH=13 RDATE;VALUE=DATE-TIME:20300101T020000Z",
        START + "RRULE:FREQ=DAILY;INTERVAL=1;COUNT=0000999",
        # Other ways of writing the start.
        "DTSTART:20300101T020000UTC " + DAILY,
        "DTSTART:20300101T020000+0100 " + DAILY,
        "DTSTART;VALUE=DATE-TIME:20300101T020000Z " + DAILY,
        "DTSTART;TZID=EST5EDT:20300101T020000 " + DAILY,
        # UNTIL without Z is meant in the zone of the start.
        "DTSTART;TZID=Europe/Berlin:20300101T020000 RRULE:FREQ=DAILY;INTERVAL=1;UNTIL=20300101T020000",
        START + "RRULE:FREQ=YEARLY;INTERVAL=25;BYMONTH=2;BYMONTHDAY=29",
        "DTSTART:20320229T020000Z RRULE:FREQ=YEARLY;INTERVAL=4",
        "DTSTART:99990101T000000Z RRULE:FREQ=YEARLY;INTERVAL=1",
    ],
)
def test_what_starts_something_is_accepted(rule: str) -> None:
    assert firing.refusal(rule) == ""


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("", "is empty"),
        (DAILY, "has no DTSTART"),
        (START, "has no RRULE"),
        (START + START + DAILY, "more than one DTSTART"),
        (START + "FREQ=DAILY;INTERVAL=1", "has no RRULE"),
        ("dtstart:20300101T020000Z " + DAILY, "has no DTSTART"),
        (f"X{START}{DAILY}", "no DTSTART of its own"),
        (START + DAILY + " EXDATE:20300101T020000Z", "single dates"),
        (START + DAILY + " rdate:20300101T020000Z", "single dates"),
        (START + DAILY + " EXDATE;VALUE=DATE-TIME:20300101T020000", "EXDATE without time zone"),
        (START + DAILY + " LOCATION:there", "is not a rule that Forail can read"),
        ("DTSTART:2030-01-01 " + DAILY, "has no DTSTART"),
        ("DTSTART:20300101T020000 " + DAILY, "without time zone"),
        (f"{DAILY} DTSTART:20300101T020000", "without time zone"),
        ("DTSTART;TZID=UTC:20300101T020000Z " + DAILY, "of another form"),
        ("DTSTART;TZID=Europe/Berlim:20300101T020000 " + DAILY, "with an unknown one"),
        ("DTSTART;TZID=europe/berlin:20300101T020000 " + DAILY, "with an unknown one"),
        ("DTSTART:20300230T020000Z " + DAILY, "does not exist"),
        (START + "RRULE:FREQ=DAILY", "has no INTERVAL"),
        (START + DAILY + " EXRULE:FREQ=WEEKLY;BYDAY=SU", "has no INTERVAL"),
        (START + "RRULE:INTERVAL=1", "is not a rule that Forail can read"),
        (START + "RRULE:freq=secondly;interval=1", "MINUTELY is the finest"),
        (START + "RRULE:FREQ=SOMETIMES;INTERVAL=1", "FREQ of another form"),
        (START + "RRULE:FREQ=DAILY;INTERVAL=0", "INTERVAL below 1"),
        (START + "RRULE:FREQ=DAILY;INTERVAL=-1", "INTERVAL below 1"),
        (START + DAILY + " EXRULE:FREQ=DAILY;INTERVAL=0", "INTERVAL below 1"),
        (START + f"RRULE:FREQ=DAILY;INTERVAL={'x' * 1500}", "INTERVAL of another form"),
        (START + DAILY + ";BYMONTHDAY=" + ",".join(map(str, range(32, 700))), "over 2000 characters"),
        ("DTSTART;" * 200_000, "over 2000 characters"),
        (START + "RRULE:FREQ=DAILY;INTERVAL=1;", "is not a rule that Forail can read"),
        (START + "RRULE:FREQ=DAILY;INTERVAL=1;BYLUCK=1", "BYLUCK, which is not part of a rule"),
        (START + "RRULE:FREQ=DAILY;INTERVAL=1;COUNT=1000", "COUNT over 999"),
        (START + f"RRULE:FREQ=DAILY;INTERVAL=1;COUNT={'9' * 1500}", "COUNT over 999"),
        (START + "RRULE:FREQ=DAILY;INTERVAL=1;COUNT=1;UNTIL=20310101T000000Z", "both COUNT and UNTIL"),
        (START + "RRULE:FREQ=DAILY;INTERVAL=1;UNTIL=20310101", "UNTIL of another form"),
        (START + "RRULE:FREQ=DAILY;INTERVAL=1;until=20310101T000000Z", "UNTIL of another form"),
        (START + "RRULE:FREQ=DAILY;INTERVAL=1;UNTIL=20311301T000000", "an UNTIL that does not exist"),
        ("RRULE:FREQ=DAILY;INTERVAL=1;UNTIL=20310101T000000 DTSTART:20300101T020000Z", "put DTSTART in front"),
        (START + "RRULE:FREQ=DAILY;INTERVAL=1;BYHOUR=-1", "is not a rule that Forail can read"),
        (START + f"RRULE:FREQ=DAILY;INTERVAL=1;BYHOUR={10**30}", "is not a rule that Forail can read"),
        (START + "RRULE:FREQ=DAILY;INTERVAL=1;BYMONTH=x", "BYMONTH of another form"),
        (START + "RRULE:FREQ=WEEKLY;INTERVAL=1;BYDAY=XX", "BYDAY of another form"),
        (START + "RRULE:FREQ=WEEKLY;INTERVAL=1;WKST=XX", "WKST of another form"),
        (START + "RRULE:FREQ=MONTHLY;INTERVAL=1;BYDAY=1MO", "with a number in front"),
        # Well formed, and dead.
        (START + "RRULE:FREQ=DAILY;INTERVAL=1;COUNT=0", "COUNT is 0"),
        (START + "RRULE:FREQ=DAILY;INTERVAL=1;UNTIL=20300101T015959Z", "UNTIL is before DTSTART"),
        (
            "DTSTART;TZID=America/New_York:20300101T020000 RRULE:FREQ=DAILY;INTERVAL=1;UNTIL=20300101T065959Z",
            "UNTIL is before DTSTART",
        ),
        (
            "DTSTART;TZID=Europe/Berlin:20300101T020000 RRULE:FREQ=DAILY;INTERVAL=1;UNTIL=20300101T015959",
            "UNTIL is before DTSTART",
        ),
        (START + "RRULE:FREQ=YEARLY;INTERVAL=1;BYMONTH=2;BYMONTHDAY=30", "no day in 400 years"),
        (START + "RRULE:FREQ=MONTHLY;INTERVAL=1;BYMONTH=4,6;BYMONTHDAY=31", "no day in 400 years"),
        (START + "RRULE:FREQ=DAILY;INTERVAL=1;BYMONTH=13", "no day in 400 years"),
        (START + "RRULE:FREQ=MINUTELY;INTERVAL=1;BYMONTH=2;BYMONTHDAY=30;BYHOUR=3;BYMINUTE=4", "no day in 400 years"),
        (START + "rrule:freq=secondly;bymonth=13", "no day in 400 years"),
        (START + "RRULE:FREQ=YEARLY;INTERVAL=4;BYMONTH=2;BYMONTHDAY=29", "no day in 400 years"),
        (START + "RRULE:FREQ=MONTHLY;INTERVAL=12;BYMONTH=5", "no day in 400 years"),
        (START + "RRULE:FREQ=DAILY;INTERVAL=7;BYDAY=MO", "no day in 400 years"),
        (START + "RRULE:FREQ=DAILY;INTERVAL=1;BYSETPOS=2", "no day in 400 years"),
        (START + "RRULE:FREQ=WEEKLY;INTERVAL=1;BYDAY=MO;UNTIL=20300106T000000Z", "no day up to UNTIL"),
        (START + "RRULE:FREQ=DAILY;INTERVAL=1;BYDAY=WE;UNTIL=20300102T015959Z", "no day up to UNTIL"),
        (START + "RRULE:FREQ=HOURLY;INTERVAL=1;BYDAY=WE;UNTIL=20300101T235959Z", "no day up to UNTIL"),
        (START + "RRULE:FREQ=HOURLY;INTERVAL=2;BYHOUR=3", "every hour or minute"),
        (START + "RRULE:FREQ=MINUTELY;INTERVAL=60;BYMINUTE=30", "every hour or minute"),
        (START + "RRULE:FREQ=MINUTELY;INTERVAL=120;BYHOUR=3;BYMINUTE=0", "every hour or minute"),
        (START + "RRULE:FREQ=HOURLY;INTERVAL=1;BYMINUTE=70", "every hour or minute"),
        # The library would look at every minute, or second, until the year 9999.
        (START + "RRULE:FREQ=MINUTELY;INTERVAL=1;BYSETPOS=2", "every hour or minute"),
        (START + "RRULE:FREQ=HOURLY;INTERVAL=1;BYMINUTE=1,2;BYSETPOS=-3,3", "every hour or minute"),
    ],
)
def test_what_cannot_work_is_refused(rule: str, words: str) -> None:
    assert words in firing.refusal(rule)


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        (f"  {START}\n {DAILY}\n", START + DAILY),
        (f"{DAILY} {START}", f"{DAILY} {START.strip()}"),
        (
            "DTSTART;TZID=Europe/Berlin:20300101T020000 RRULE:FREQ=DAILY;INTERVAL=1;UNTIL=20300701T120000",
            "DTSTART;TZID=Europe/Berlin:20300101T020000 RRULE:FREQ=DAILY;INTERVAL=1;UNTIL=20300701T100000Z",
        ),
        (
            START + "RRULE:FREQ=DAILY;INTERVAL=1;UNTIL=20310101T000000",
            START + "RRULE:FREQ=DAILY;INTERVAL=1;UNTIL=20310101T000000Z",
        ),
    ],
)
def test_a_recurrence_is_sent_as_forail_stores_it(written: str, stored: str) -> None:
    """Any other text the operator would write again every minute."""
    (resource,) = load([schedule(written)]).resources

    assert spec_of(resource)["rrule"] == stored
    assert parse(stored).text == stored


def counted(start: date, until: date, frequency: str, interval: int, parts: dict[str, set[int]]) -> bool:
    """Whether any day fits, by looking at each of them."""
    day = start
    while day <= until:
        weeks = (day - timedelta(day.weekday()) - (start - timedelta(start.weekday()))).days // 7
        steps = {
            "DAILY": (day - start).days,
            "WEEKLY": weeks,
            "MONTHLY": day.year * 12 + day.month - start.year * 12 - start.month,
            "YEARLY": day.year - start.year,
        }[frequency]
        of_its_own = "BYDAY" in parts or "BYMONTHDAY" in parts
        days = monthrange(day.year, day.month)[1]
        if (
            steps % interval == 0
            and ("BYMONTH" not in parts or day.month in parts["BYMONTH"])
            and ("BYDAY" not in parts or day.weekday() in parts["BYDAY"])
            and ("BYMONTHDAY" not in parts or {day.day, day.day - days - 1} & parts["BYMONTHDAY"])
            and (of_its_own or frequency != "WEEKLY" or day.weekday() == start.weekday())
            and (of_its_own or frequency not in ("MONTHLY", "YEARLY") or day.day == start.day)
            and (of_its_own or frequency != "YEARLY" or "BYMONTH" in parts or day.month == start.month)
        ):
            return True
        day += timedelta(1)
    return False


lists = st.fixed_dictionaries(
    {},
    optional={
        "BYMONTH": st.sets(st.integers(1, 12), min_size=1, max_size=2),
        "BYDAY": st.sets(st.integers(0, 6), min_size=1, max_size=2),
        "BYMONTHDAY": st.sets(st.integers(1, 31) | st.integers(-31, -1), min_size=1, max_size=2),
    },
)


@settings(derandomize=True, deadline=None, max_examples=200)
@given(
    st.dates(date(2030, 1, 1), date(2033, 1, 1)),
    st.integers(0, 800),
    st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]),
    st.integers(1, 40),
    lists,
)
def test_dead_rules_are_those_without_a_day(
    start: date, days: int, frequency: str, interval: int, parts: dict[str, set[int]]
) -> None:
    until = start + timedelta(days)
    written = {
        key: ",".join(WEEKDAYS[value] if key == "BYDAY" else str(value) for value in sorted(values))
        for key, values in parts.items()
    }
    moments = [datetime.combine(day, datetime.min.time()).strftime("%Y%m%dT%H%M%SZ") for day in (start, until)]
    rule = ";".join(
        [f"FREQ={frequency}", f"INTERVAL={interval}", f"UNTIL={moments[1]}", *map("=".join, written.items())]
    )

    refused = firing.refusal(f"DTSTART:{moments[0]} RRULE:{rule}")

    assert (refused == "") == counted(start, until, frequency, interval, parts), refused


@settings(derandomize=True, deadline=None, max_examples=200)
@given(st.text(st.sampled_from("DTSARULE:;=,0123456789ZFQINVY \n-+"), max_size=60))
def test_any_text_is_accepted_or_refused(text: str) -> None:
    firing.refusal(text)
    firing.refusal(f"{START}RRULE:{text}")
    firing.refusal(f"{START}RRULE:FREQ=DAILY;INTERVAL=1;{text}")
