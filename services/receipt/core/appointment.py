"""When the result is due: limit x day type x calendar (domain §8, Civil Code 2015 Arts 147-148).

The day of reception is not counted; a period that would end on a rest day ends at the close of the
next working day. The office's close is 17:00 in Asia/Ho_Chi_Minh.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from schemas.intake import SettlementLimit
from schemas.receipt import Appointment
from services.receipt.core.calendar import Calendar

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
CLOSE = time(17, 0)
_DAY = timedelta(days=1)


def appointment(limit: SettlementLimit, received_at: datetime, calendar: Calendar) -> Appointment:
    """The appointment for a dossier received at that instant, with what it rests on."""
    return Appointment(
        at=_due(limit, received_at, calendar), limit=limit, calendar_version=calendar.version
    )


def _due(limit: SettlementLimit, received_at: datetime, calendar: Calendar) -> datetime:
    if limit.day_type == "HOURS":
        return received_at + timedelta(hours=limit.length)
    start = _start(received_at.astimezone(VIETNAM).date(), calendar)
    match limit.day_type:
        case "WORKING_DAYS":
            day = _count(start, limit.length, calendar.is_working_day)
        case "CALENDAR_DAYS":
            day = start + limit.length * _DAY
        case "CALENDAR_DAYS_EXCEPT_HOLIDAYS":
            day = _count(start, limit.length, lambda each: not calendar.is_holiday(each))
    return datetime.combine(calendar.next_working_day(day), CLOSE, VIETNAM)


def _start(received_on: date, calendar: Calendar) -> date:
    """The day before day 1. What comes on a rest day is counted from the next working day."""
    if calendar.is_working_day(received_on):
        return received_on
    return calendar.next_working_day(received_on) - _DAY


def _count(start: date, length: int, counts: Callable[[date], bool]) -> date:
    day = start
    while length:
        day += _DAY
        length -= bool(counts(day))
    return day
