"""Vietnam's dated calendar of rest days: holidays, swapped days and working Saturdays.

A year that stands in the override file is decided by the file alone; any other by the `holidays`
library. Saturdays and Sundays are rest days unless swapped.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from importlib.metadata import version
from typing import Literal

import holidays
from pydantic import BaseModel, ConfigDict

_SWAPPED = "Ngày nghỉ (thay cho ngày"
_SATURDAY = 5
_LIBRARY = version("holidays")


class DatedDay(BaseModel):
    """One day that is not what its weekday says, where that is known from, and how surely."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    day: date
    kind: Literal["HOLIDAY", "SWAPPED_REST", "WORKING"]
    name: str
    source: str
    confidence: Literal["P", "S", "G", "?"]


class CalendarFile(BaseModel):
    """The override file. `version` is printed in every letter's event that rests on it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str
    years: tuple[int, ...]
    days: tuple[DatedDay, ...]


@dataclass(frozen=True, slots=True)
class _Year:
    holidays: frozenset[date]
    swapped_rest: frozenset[date]
    working: frozenset[date]


@dataclass(frozen=True)
class Calendar:
    """Which days are holidays and which are working days."""

    file: CalendarFile
    _years: dict[int, _Year] = field(default_factory=dict, compare=False, repr=False)

    @property
    def version(self) -> str:
        """Version of the file and of the library behind it."""
        return f"{self.file.version}+holidays-{_LIBRARY}"

    def is_holiday(self, day: date) -> bool:
        """A public holiday (Labour Code Art 112) or its compensatory day; no swapped day."""
        return day in self._year(day.year).holidays

    def is_working_day(self, day: date) -> bool:
        """Whether civil servants work on that day."""
        year = self._year(day.year)
        if day in year.working:
            return True
        resting = day in year.holidays or day in year.swapped_rest
        return not resting and day.weekday() < _SATURDAY

    def next_working_day(self, day: date) -> date:
        """That day if it is a working day, else the first one after it."""
        while not self.is_working_day(day):
            day += timedelta(days=1)
        return day

    def _year(self, year: int) -> _Year:
        if year not in self._years:
            known = self._from_file(year) if year in self.file.years else _from_library(year)
            self._years[year] = known
        return self._years[year]

    def _from_file(self, year: int) -> _Year:
        def of(kind: str) -> frozenset[date]:
            return frozenset(x.day for x in self.file.days if x.kind == kind and x.day.year == year)

        return _Year(of("HOLIDAY"), of("SWAPPED_REST"), of("WORKING"))


def _from_library(year: int) -> _Year:
    known = holidays.country_holidays("VN", years=year, language="vi")
    swapped = frozenset(day for day, name in known.items() if name.startswith(_SWAPPED))
    working = frozenset(day for day in known.weekend_workdays if day.year == year)
    return _Year(frozenset(known) - swapped, swapped, working)
