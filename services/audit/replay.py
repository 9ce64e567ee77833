"""Topics read from the first to the last record that is there now, and not one less."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition


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


def _replayed(record: ConsumerRecord[bytes | None, bytes | None]) -> Replayed:
    appended_at = datetime.fromtimestamp(record.timestamp / 1000, tz=UTC)
    return Replayed(
        record.topic, record.partition, record.offset, appended_at, record.key, record.value
    )


async def replay(
    bootstrap: str, topics: Iterable[str], *, partition: int | None = None
) -> AsyncIterator[Replayed]:
    """Every record of `topics` up to their present ends, in order per partition.

    `partition` narrows all topics to that one. Raises ReplayError where a topic is missing.
    """
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap.split(","),
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        fetch_max_wait_ms=100,
    )
    await consumer.start()
    try:
        known = await consumer.topics()
        partitions = []
        for topic in topics:
            if topic not in known:
                raise ReplayError(f"topic {topic} does not exist at {bootstrap}")
            for number in sorted(consumer.partitions_for_topic(topic) or ()):
                if partition is None or number == partition:
                    partitions.append(TopicPartition(topic, number))
        ends = await consumer.end_offsets(partitions)
        begins = await consumer.beginning_offsets(partitions)
        open_ = {tp for tp in partitions if ends[tp] > begins[tp]}
        consumer.assign(list(open_))
        for tp in open_:
            consumer.seek(tp, begins[tp])
        while open_:
            batches = await consumer.getmany(timeout_ms=1000, max_records=2000)
            for tp, records in batches.items():
                for record in records:
                    if record.offset < ends[tp]:
                        yield _replayed(record)
                if records and records[-1].offset >= ends[tp] - 1:
                    open_.discard(tp)
                    consumer.pause(tp)
    finally:
        await consumer.stop()
