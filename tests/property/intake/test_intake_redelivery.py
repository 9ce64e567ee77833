"""However records are redelivered, split and raced for, each ends in the same one event."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.content import text_sha256
from services.chassis.records import Received
from services.intake.core.decision import decide
from services.intake.core.decoding import Decoded, decode
from services.intake.core.deduplication import Row, wanted
from services.intake.deps import Deps
from services.intake.handlers import on_portal_records
from tests.dedupe_rows import MemoryDedupeRows
from tests.portal_records import (
    as_record,
    content,
    filed,
    settled,
    settlement,
    supplemented,
    text_of,
    withdrawn,
)

OTHER_SIGNATURE = {"protected": "e30", "signature": "Zm9yZ2Vk"}
CODES = ("G09.20-20261109-0000001", "G09.20-20261109-0000002")


def variants(code: str) -> list[dict[str, Any] | bytes]:
    """Records of one dossier that get in each other's way."""
    first, bad = content(dossier_code=code), content(dossier_code=code, attachments=[])
    digests = [text_sha256(text_of(value)) for value in (first, bad)]
    second = text_sha256(text_of(content(dossier_code=code, version=2, replaces=digests[0])))
    return [
        filed(first),
        filed(bad),
        *(supplemented(2, digest, dossier_code=code) for digest in digests),
        supplemented(3, second, dossier_code=code),
        supplemented(3, digests[0], dossier_code=code),
        withdrawn(code),
        withdrawn(code, "Khác"),
        settled(settlement(dossier_code=code)),
        settled(settlement(dossier_code=code), signatures=[OTHER_SIGNATURE]),
        settled(settlement(dossier_code=code, version=2)),
        settled(settlement(dossier_code=code, rows=[])),
        b"?",
    ]


RECORDS = [(code, value) for code in CODES for value in variants(code)]


def log_of(indexes: Sequence[int]) -> list[Received[Decoded]]:
    """A partition with these records, in order."""
    log = []
    for offset, index in enumerate(indexes):
        code, value = RECORDS[index]
        record = as_record(value, offset, key=code.encode())
        log.append(Received(decode(record), record))
    return log


LOGS = st.lists(st.integers(0, len(RECORDS) - 1), min_size=1, max_size=14).map(log_of)


def note(published: dict[str, set[bytes]], events: Sequence[Any]) -> None:
    for event in events:
        published.setdefault(event.origin, set()).add(event.encode())


@given(LOGS)
def test_splitting_a_batch_changes_nothing(log: list[Received[Decoded]]) -> None:
    whole = [event.encode() for event in decide(log, []).events]
    rows: list[Row] = []
    single = []
    for one in log:
        decisions = decide([one], rows)
        rows += decisions.rows
        single += [event.encode() for event in decisions.events]
    assert whole == single


@settings(max_examples=60)
@given(LOGS, st.data())
async def test_redelivery_from_any_earlier_offset_repeats_every_event(
    log: list[Received[Decoded]], data: st.DataObject
) -> None:
    deps = Deps(MemoryDedupeRows())
    published: dict[str, set[bytes]] = {}
    reached = 0
    for _ in range(6):
        start = data.draw(st.integers(0, reached), label="committed")
        end = data.draw(st.integers(start, len(log)), label="end")
        note(published, await on_portal_records(log[start:end], deps))
        reached = max(reached, end)
    note(published, await on_portal_records(log[reached:], deps))
    expected = {event.origin: {event.encode()} for event in decide(log, []).events}
    assert published == expected


@settings(max_examples=100)
@given(LOGS, st.data())
def test_two_owners_that_race_end_in_the_same_events(
    log: list[Received[Decoded]], data: st.DataObject
) -> None:
    """Load and insert of two owners interleave; inserts of a batch land one row at a time."""
    store: dict[str, Row] = {}
    published: dict[str, set[bytes]] = {}
    owners = [racing(log, store, published, data) for _ in range(2)]
    while owners:
        owner = owners[data.draw(st.integers(0, len(owners) - 1), label="who")]
        if next(owner, "done") == "done":
            owners.remove(owner)
    expected = {event.origin: {event.encode()} for event in decide(log, []).events}
    assert published == expected


def racing(
    log: list[Received[Decoded]],
    store: dict[str, Row],
    published: dict[str, set[bytes]],
    data: st.DataObject,
) -> Any:
    """The handler's steps, each a point where the other owner may go on."""
    at = 0
    while at < len(log):
        batch = log[at : at + data.draw(st.integers(1, 5), label="batch")]
        while True:
            needed = wanted(batch)
            found = [
                row
                for key, row in store.items()
                if key in needed.keys or any(low <= key < high for low, high in needed.ranges)
            ]
            yield
            decisions = decide(batch, found)
            lost = False
            for row in data.draw(st.permutations(decisions.rows), label="unordered"):
                lost = store.setdefault(row.key, row) is not row or lost
                yield
            if not lost:
                break
        note(published, decisions.events)
        at += len(batch)
