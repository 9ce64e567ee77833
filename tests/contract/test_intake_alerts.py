"""Records that nobody is written to about leave one warning each: reason and place, no person."""

from __future__ import annotations

import io
import json
import logging
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from services.chassis import logs
from services.intake.deps import Deps
from services.intake.handlers import on_portal_records
from tests.dedupe_rows import MemoryDedupeRows
from tests.portal_records import (
    CODE,
    PERSON,
    TOPIC,
    content,
    filed,
    received,
    settled,
    settlement,
    withdrawn,
)


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """What the process has logged so far, as a service logs."""
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stdout", stream)
    root = logging.getLogger()
    before = root.handlers[:], root.level
    logs.configure("intake", "INFO")
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.handlers[:], level = before
    root.setLevel(level)
    structlog.reset_defaults()


async def warnings(lines: Any, *values: dict[str, Any] | bytes) -> list[tuple[str, str, str]]:
    """Level, reason and origin of every line about these records."""
    batch = [received(value, offset) for offset, value in enumerate(values)]
    await on_portal_records(batch, Deps(MemoryDedupeRows()))
    found = lines()
    text = json.dumps(found, ensure_ascii=False)
    assert not any(secret in text for secret in (PERSON["name"], PERSON["email"], "0011900"))
    return [(line["level"], line["reason"], line["origin"]) for line in found]


async def test_a_conflict_and_an_unreadable_record_are_warned_of(lines: Any) -> None:
    other = filed(content(agency="000.00.00.G99"))
    assert await warnings(lines, filed(), other, b"?") == [
        ("warning", "CONFLICT", f"{TOPIC}/0/1"),
        ("warning", "NOT_JSON", f"{TOPIC}/0/2"),
    ]


async def test_refused_withdrawals_and_settlements_are_warned_of(lines: Any) -> None:
    twice = settlement(rows=settlement()["rows"] * 2)
    values = (withdrawn(), filed(), settled(twice), settled(), withdrawn(reason="Khác"))
    assert await warnings(lines, *values) == [
        ("warning", "UNKNOWN_DOSSIER", f"{TOPIC}/0/0"),
        ("warning", "DEFECTS", f"{TOPIC}/0/2"),
        ("warning", "ALREADY_SETTLED", f"{TOPIC}/0/4"),
    ]


async def test_what_is_answered_by_a_letter_or_as_usual_is_no_warning(lines: Any) -> None:
    values = (filed(content(attachments=[])), filed(content(attachments=[])), withdrawn())
    assert await warnings(lines, *values) == []


async def test_a_line_names_the_dossier_by_its_code(lines: Any) -> None:
    await warnings(lines, withdrawn())
    [line] = lines()
    assert line["dossier_id"] == CODE
    assert line["kind"] == "DossierWithdrawn"
