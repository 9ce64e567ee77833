from __future__ import annotations

from services.chassis.batching import MAX_SLICE_BYTES, take
from services.chassis.records import Record


def record(offset: int, size: int) -> Record:
    return Record("t", 0, offset, b"k", b"x" * size, 0, log_append_time=True)


def test_a_slice_is_bounded_by_count() -> None:
    records = [record(n, 10) for n in range(7)]
    assert [r.offset for r in take(records, 0, 3)] == [0, 1, 2]
    assert [r.offset for r in take(records, 6, 3)] == [6]


def test_a_slice_is_bounded_by_bytes_but_never_empty() -> None:
    huge = MAX_SLICE_BYTES // 2 + 1
    records = [record(0, huge), record(1, huge), record(2, 10), record(3, 3 * huge)]
    assert [r.offset for r in take(records, 0, 500)] == [0]
    assert [r.offset for r in take(records, 1, 500)] == [1, 2]
    assert [r.offset for r in take(records, 3, 500)] == [3]


def test_slices_cover_a_batch_in_order() -> None:
    records = [record(n, 4_000_000) for n in range(20)]
    seen: list[int] = []
    while len(seen) < len(records):
        seen += [r.offset for r in take(records, len(seen), 3)]
    assert seen == list(range(20))
