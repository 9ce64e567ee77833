from __future__ import annotations

import io
import json
import logging
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from pydantic import BaseModel, ValidationError

from services.chassis import logs

SECRET = "079204001234"


class Person(BaseModel):
    number: int


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stdout", stream)
    root = logging.getLogger()
    before = root.handlers[:], root.level
    logs.configure("intake", "INFO")
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.handlers[:], level = before
    root.setLevel(level)
    structlog.reset_defaults()


def test_only_known_fields_leave_the_process(lines: Any) -> None:
    logs.logger("x").error("refused", offset=7, email=SECRET, body=SECRET)
    [line] = lines()
    assert line["event"] == "refused"
    assert line["service"] == "intake"
    assert line["offset"] == 7
    assert SECRET not in str(line)


def test_an_exception_is_its_type_and_its_places_never_its_words(lines: Any) -> None:
    try:
        Person.model_validate({"number": f"{SECRET} oops"})
    except ValidationError:
        logs.logger("x").exception("failed")
        logging.getLogger("some.library").exception("failed with %s", SECRET)
    ours, theirs = lines()
    assert ours["error"] == theirs["error"] == "ValidationError"
    assert "test_logs.py" in ours["frames"][0]
    assert SECRET not in str((ours, theirs))


def test_a_library_that_repeats_itself_is_limited(lines: Any) -> None:
    for _ in range(100):
        logging.getLogger("aiokafka.conn").error("refused")
    assert len(lines()) == 1
