"""Topics read from the first to the last record that is there now, and not one less."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aiokafka import TopicPartition

from services.chassis import connection

_PARTITION_BYTES = 1024 * 1024


class ReplayError(Exception):
    """A topic that is not there, or fewer records than its offsets promise."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """One record as it lies in its topic."""

    topic: str
    partition: int
    offset: int
    appended_at: datetime
    key: bytes | None
    value: bytes | None


def _replayed(record: Any) -> Replayed:
    appended_at = datetime.fromtimestamp(record.timestamp / 1000, tz=UTC)
    return Replayed(
        record.topic, record.partition, record.offset, appended_at, record.key, record.value
    )


async def _partitions(
    consumer: Any, bootstrap: str, topics: Iterable[str], only: int | None
) -> dict[TopicPartition, range]:
    """The offsets to read per partition, from the first to the last there is now."""
    admin = connection.admin(bootstrap)
    await admin.start()
    try:
        described = await admin.describe_topics(list(topics))
    finally:
        await admin.close()
    found = []
    for topic in described:
        if topic["error_code"]:
            raise ReplayError(f"topic {topic['topic']} does not exist on this Kafka")
        numbers = sorted(partition["partition"] for partition in topic["partitions"])
        found += [TopicPartition(topic["topic"], n) for n in numbers if only in (None, n)]
    begins = await consumer.beginning_offsets(found)
    ends = await consumer.end_offsets(found)
    return {tp: range(begins[tp], ends[tp]) for tp in found if ends[tp] > begins[tp]}


async def replay(
    bootstrap: str, topics: Iterable[str], *, partition: int | None = None
) -> AsyncIterator[Replayed]:
    """Every record of `topics` up to their present ends, in order per partition.

    `partition` narrows all topics to that one. Raises ReplayError where a topic is missing.
    """
    consumer = connection.reader(bootstrap, partition_bytes=_PARTITION_BYTES)
    try:
        await consumer.start()
        unread = await _partitions(consumer, bootstrap, topics, partition)
        consumer.assign(list(unread))
        for tp, offsets in unread.items():
            consumer.seek(tp, offsets.start)
        while unread:
            batches = await consumer.getmany(timeout_ms=1000, max_records=2000)
            for tp, records in batches.items():
                for record in records:
                    if tp in unread and record.offset in unread[tp]:
                        yield _replayed(record)
                if records and tp in unread and records[-1].offset >= unread[tp].stop - 1:
                    del unread[tp]
                    consumer.pause(tp)
    finally:
        await consumer.stop()
