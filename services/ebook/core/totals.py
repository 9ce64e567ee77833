"""Sums over a book, computed when looked at; a book itself keeps entries, never sums."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from services.ebook.core.book import Content


@dataclass(frozen=True, slots=True)
class Totals:
    """Months of contribution: each calendar month counts once per scheme, and once in all.

    Unemployment: as the newest entry states it; None where there is none.
    """

    compulsory_months: int
    voluntary_months: int
    contribution_months: int
    unemployment_months_contributed: int | None
    unemployment_months_reserved: int | None


def totals(content: Content) -> Totals:
    """The sums of a book's content."""
    compulsory = _months(content["contributions"], "COMPULSORY")
    voluntary = _months(content["contributions"], "VOLUNTARY")
    newest: dict[str, Any] = content["unemployment"][-1] if content["unemployment"] else {}
    return Totals(
        compulsory_months=len(compulsory),
        voluntary_months=len(voluntary),
        contribution_months=len(compulsory | voluntary),
        unemployment_months_contributed=newest.get("months_contributed"),
        unemployment_months_reserved=newest.get("months_reserved"),
    )


def _months(contributions: Iterable[dict[str, Any]], scheme: str) -> set[int]:
    """Months paid, entry by entry in order: a DECREASE (D02-LT: leaves) takes its months back."""
    paid: set[tuple[str, int]] = set()
    for entry in contributions:
        if entry["scheme"] == scheme:
            span = range(_index(entry["from_month"]), _index(entry["to_month"]) + 1)
            months = {(entry["unit_code"], month) for month in span}
            paid = paid - months if entry["reason"] == "DECREASE" else paid | months
    return {month for _, month in paid}


def _index(month: str) -> int:
    year, number = month.split("-")
    return int(year) * 12 + int(number)
