"""The day on which a result is due, day type by day type, around real rest days."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import get_args
from zoneinfo import ZoneInfo

import pytest

from schemas.intake import DayType, SettlementLimit
from services.receipt.core.appointment import appointment
from tests.receipt_builders import CALENDAR

ICT = ZoneInfo("Asia/Ho_Chi_Minh")


def due(received: str, length: int, day_type: DayType) -> str:
    limit = SettlementLimit(length=length, day_type=day_type, legal_basis="x")
    at = datetime.fromisoformat(received).replace(tzinfo=ICT)
    made = appointment(limit, at, CALENDAR)
    assert made.calendar_version == CALENDAR.version
    assert made.limit == limit
    return made.at.astimezone(ICT).strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("received", "length", "expected"),
    [
        ("2026-06-09 08:30", 5, "2026-06-16 17:00"),  # Tuesday, over a weekend
        ("2026-06-09 23:59", 5, "2026-06-16 17:00"),  # at night: still that day
        ("2026-06-13 10:00", 1, "2026-06-15 17:00"),  # a Saturday: day 1 is Monday
        ("2026-02-13 10:00", 1, "2026-02-23 17:00"),  # before Tet, 14-22 February
        ("2026-04-24 10:00", 1, "2026-04-28 17:00"),  # Hung Kings Sunday, off Monday
        ("2026-08-21 10:00", 1, "2026-08-22 17:00"),  # a working Saturday
        ("2026-08-28 10:00", 1, "2026-09-03 17:00"),  # swapped Monday and 2 September
        ("2026-01-01 10:00", 1, "2026-01-05 17:00"),  # 2 January swapped
        ("2025-04-25 10:00", 1, "2025-04-26 17:00"),  # library's year: swapped Saturday
        ("2025-04-30 10:00", 1, "2025-05-05 17:00"),  # library's year: swapped Friday
        ("2026-11-23 10:00", 1, "2026-11-25 17:00"),  # Vietnam Culture Day
        ("2025-11-21 10:00", 2, "2025-11-25 17:00"),  # which 2025 did not have
        ("2027-05-02 10:00", 1, "2027-05-04 17:00"),  # compensation for a Saturday 1 May
    ],
)
def test_working_days_skip_weekends_holidays_and_swapped_days(
    received: str, length: int, expected: str
) -> None:
    assert due(received, length, "WORKING_DAYS") == expected


def test_calendar_days_count_weekends_and_end_on_a_working_day() -> None:
    assert due("2026-06-09 08:30", 3, "CALENDAR_DAYS") == "2026-06-12 17:00"
    assert due("2026-06-09 08:30", 4, "CALENDAR_DAYS") == "2026-06-15 17:00"
    assert due("2026-06-13 08:30", 1, "CALENDAR_DAYS") == "2026-06-15 17:00"


def test_the_pension_limit_counts_weekends_but_no_holidays() -> None:
    # 20 days from 10 February over Tet, 16-20 February: 7 March is a Saturday
    assert due("2026-02-10 09:00", 20, "CALENDAR_DAYS_EXCEPT_HOLIDAYS") == "2026-03-09 17:00"
    assert due("2026-06-09 09:00", 20, "CALENDAR_DAYS_EXCEPT_HOLIDAYS") == "2026-06-29 17:00"


def test_a_swapped_rest_day_is_no_public_holiday() -> None:
    assert not CALENDAR.is_holiday(date(2026, 8, 31))
    assert not CALENDAR.is_working_day(date(2026, 8, 31))
    assert not CALENDAR.is_holiday(date(2025, 5, 2))
    assert not CALENDAR.is_working_day(date(2025, 5, 2))


def test_hours_run_through_the_night() -> None:
    assert due("2026-02-16 23:30", 2, "HOURS") == "2026-02-17 01:30"


@pytest.mark.parametrize("day_type", [kind for kind in get_args(DayType) if kind != "HOURS"])
def test_every_day_type_ends_at_close_of_a_working_day(day_type: DayType) -> None:
    for length in range(1, 40):
        at = datetime.fromisoformat(due("2026-02-11 10:00", length, day_type))
        assert at.time() == time(17, 0)
        assert CALENDAR.is_working_day(at.date())


def test_the_culture_day_says_how_unsure_it_is() -> None:
    marks = {day.day: day.confidence for day in CALENDAR.file.days}
    assert marks[date(2026, 11, 24)] == "?"
