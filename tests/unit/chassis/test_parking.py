from __future__ import annotations

from typing import Any

from services.chassis.deadletters import SetAside
from services.chassis.parking import Parking, queue_id
from services.chassis.records import Record


def parking() -> Parking:
    nothing: Any = {"parking": None}
    return Parking(nothing, "receipt")


def record(offset: int, key: bytes | None = b"G12.99.1", partition: int = 0) -> Record:
    return Record("intake.dossier.v1", partition, offset, key, b"{}", 0, log_append_time=True)


def test_nothing_is_parked_at_first() -> None:
    assert parking().is_empty
    assert parking().behind(record(1)) is None


def test_later_records_of_the_key_wait_and_no_others() -> None:
    parked = parking()
    assert parked.note(SetAside(record(5), "UNEXPECTED", "ValueError"))
    behind = parked.behind(record(6))
    assert behind is not None
    assert behind.reason == "PARKED_BEHIND"
    assert parked.behind(record(6, b"another")) is None
    assert parked.behind(record(6, partition=1)) is None


def test_a_predecessor_that_is_read_again_does_not_wait_for_its_successor() -> None:
    parked = parking()
    parked.note(SetAside(record(5), "UNDECODABLE"))
    assert parked.behind(record(4)) is None


def test_a_redelivered_record_keeps_its_reason_and_its_one_place() -> None:
    parked = parking()
    parked.note(SetAside(record(5), "UNEXPECTED", "ValueError"))
    again = parked.behind(record(5))
    assert again is not None
    assert (again.reason, again.detail) == ("UNEXPECTED", "ValueError")
    assert not parked.note(again)
    queue = parked.queue(queue_id("receipt", record(5)))
    assert queue is not None
    assert [waiting.offset for waiting in queue.in_order()] == [5]


def test_a_queue_is_in_offset_order_however_it_was_filled() -> None:
    parked = parking()
    for offset in (9, 5, 7):
        parked.note(SetAside(record(offset), "UNEXPECTED"))
    queue = parked.queue(queue_id("receipt", record(5)))
    assert queue is not None
    assert [waiting.offset for waiting in queue.in_order()] == [5, 7, 9]


def test_a_record_without_a_key_parks_nobody() -> None:
    parked = parking()
    parked.note(SetAside(record(5, key=None), "UNDECODABLE"))
    assert parked.behind(record(6, key=None)) is None
    assert parked.behind(record(5, key=None)) is not None


def test_of_the_key_only_the_digest_is_kept() -> None:
    assert "G12" not in queue_id("receipt", record(1))
