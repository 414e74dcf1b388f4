"""The hospital's day is its own, not that of UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from spd.core import clock

SHANGHAI = ZoneInfo("Asia/Shanghai")


def test_at_two_in_the_morning_in_shanghai_it_is_already_today_there() -> None:
    instant = datetime(2026, 3, 1, 18, 0, tzinfo=UTC)
    assert instant.astimezone(SHANGHAI).hour == 2
    assert clock.day_of(instant, SHANGHAI) == date(2026, 3, 2)


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        ("2026-02-28T15:59:59.999999+00:00", date(2026, 2, 28)),
        ("2026-02-28T16:00:00+00:00", date(2026, 3, 1)),
        ("2028-02-28T16:00:00+00:00", date(2028, 2, 29)),
        ("2026-12-31T16:00:00+00:00", date(2027, 1, 1)),
        ("2026-03-02T09:00:00+14:00", date(2026, 3, 2)),
    ],
)
def test_a_day_begins_at_midnight_in_the_hospital(instant: str, day: date) -> None:
    assert clock.day_of(datetime.fromisoformat(instant), SHANGHAI) == day


def test_where_clocks_change_a_day_still_has_both_its_ends() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    begins = datetime(2026, 10, 24, 22, 0, tzinfo=UTC)  # the day of twenty-five hours
    assert clock.day_of(begins, berlin) == clock.day_of(begins + timedelta(hours=24.9), berlin) == date(2026, 10, 25)
    assert clock.day_of(begins + timedelta(hours=25), berlin) == date(2026, 10, 26)


def test_this_moment_is_aware_and_utc() -> None:
    assert clock.now().tzinfo is UTC
