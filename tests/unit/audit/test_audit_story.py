"""One record as a step of a dossier's story: local times, and no shape that it chokes on."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from schemas import topics
from services.audit.replay import Replayed
from services.audit.story import step

CODE = "G12.20.007-20260701-0000005"
AT = datetime(2026, 11, 23, 0, 39, 17, 41_000, tzinfo=UTC)


def record(value: bytes | None, topic: str = topics.RECEIPT_LETTER.name) -> Replayed:
    return Replayed(topic, 2, 7, AT, CODE.encode(), value)


def event(data: Any, **more: Any) -> bytes:
    base = {"type": "SlaMet", "source": "receipt", "correlationid": CODE, "data": data}
    return orjson.dumps(base | more)


def test_instants_are_told_in_vietnam_time() -> None:
    found = step(record(event({"version": 1, "met_at": "2026-11-23T00:39:17.041000Z"})), CODE)
    assert found is not None
    assert found.gist == "version=1 met_at=23/11/2026 07:39:17.041"


def test_what_became_of_the_rows_is_counted() -> None:
    found = step(record(event({"done": [1, 2], "expected": 3})), CODE)
    assert found is not None
    assert found.gist == "done 2 of 3"


def test_another_dossiers_record_that_names_this_one_is_not_its_story() -> None:
    assert step(record(event({"text": CODE}, correlationid="other")), CODE) is None


def test_a_tombstone_is_no_step() -> None:
    assert step(record(None), CODE) is None


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (b"{", ("(not JSON)", "")),
        (b"[]", ("(not JSON)", "")),
        (event([]), ("SlaMet", "(malformed)")),
        (event({"due_at": "soon"}), ("SlaMet", "(malformed)")),
        (event({"due_at": 5}), ("SlaMet", "(malformed)")),
        (event({"defects": [1]}), ("SlaMet", "(malformed)")),
    ],
)
def test_a_record_of_any_shape_is_a_step(value: bytes, told: tuple[str, str]) -> None:
    found = step(record(value, topics.PORTAL_DOSSIER.name), CODE)
    assert found is not None
    assert (found.service, found.what, found.gist) == ("portal", *told)
