"""How far apart the runs of a cron schedule are."""

from __future__ import annotations

import pytest

from components.schema.cron import Gaps, gaps

MINUTE, HOUR, DAY = 60, 3600, 86400


@pytest.mark.parametrize(
    ("schedule", "shortest", "longest"),
    [
        ("* * * * *", MINUTE, MINUTE),
        ("@hourly", HOUR, HOUR),
        ("@daily", DAY, DAY),
        ("@midnight", DAY, DAY),
        ("30 1 * * *", DAY, DAY),
        ("@weekly", 7 * DAY, 7 * DAY),
        ("0 4 * * SUN", 7 * DAY, 7 * DAY),
        # Over the weekend, and over the night.
        ("0 4 * * 1-5", DAY, 3 * DAY),
        ("0 8,20 * * *", 12 * HOUR, 12 * HOUR),
        ("0 9-17 * * *", HOUR, 16 * HOUR),
        ("*/25 * * * *", 10 * MINUTE, 25 * MINUTE),
        # A February between, with and without its leap day.
        ("@monthly", 28 * DAY, 31 * DAY),
        ("0 0 31 * *", 31 * DAY, 61 * DAY),
        ("@yearly", 365 * DAY, 366 * DAY),
        ("@annually", 365 * DAY, 366 * DAY),
        ("0 0 29 2 *", 1461 * DAY, 1461 * DAY),
        # Both days restricted: either will do. One of them a star: both must fit.
        ("0 0 1,15 * 0", DAY, 7 * DAY),
        ("0 0 */1 * 1", 7 * DAY, 7 * DAY),
        ("0 0 ? * 1", 7 * DAY, 7 * DAY),
        (" 0\t4  * * 0 ", 7 * DAY, 7 * DAY),
    ],
)
def test_gaps(schedule: str, shortest: int, longest: int) -> None:
    assert gaps(schedule) == Gaps(shortest, longest)
