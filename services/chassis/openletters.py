"""Which dead letters are open: opened and not redriven, as the dead-letter topics tell it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from aiokafka import TopicPartition

from schemas.deadletters import DEAD_LETTER_EVENT, DeadLetterEvent, RecordDeadLettered
from schemas.topics import DEAD_LETTERS
from services.chassis import connection

Coordinate = tuple[str, str, int, int]
"""Group, topic, partition, offset."""


def still_open(events: Iterable[DeadLetterEvent]) -> list[RecordDeadLettered]:
    """The dead letters that no redrive closed, oldest first; the last word on a record counts."""
    found: dict[Coordinate, RecordDeadLettered] = {}
    for event in events:
        at = (event.data.group, event.data.topic, event.data.partition, event.data.offset)
        if isinstance(event, RecordDeadLettered):
            found[at] = event
        else:
            found.pop(at, None)
    return sorted(found.values(), key=lambda event: (event.data.appended_at, event.subject))


@dataclass(frozen=True, slots=True)
class Found:
    """What the dead-letter topics hold, and which of them are not on this Kafka."""

    events: list[DeadLetterEvent]
    missing: list[str]


async def read_dead_letters(bootstrap: str, prefix: str) -> Found:
    """Every record of every dead-letter topic up to its present end, in order per topic."""
    names = [prefix + topic.name for topic in DEAD_LETTERS]
    admin = connection.admin(bootstrap)
    try:
        await admin.start()
        described = await admin.describe_topics(names)
    finally:
        await admin.close()
    there = {topic["topic"] for topic in described if topic["error_code"] == 0}
    events = await _read(bootstrap, [TopicPartition(name, 0) for name in names if name in there])
    return Found(events, [name for name in names if name not in there])


async def _read(bootstrap: str, places: Sequence[TopicPartition]) -> list[DeadLetterEvent]:
    consumer = connection.reader(bootstrap, partition_bytes=1024 * 1024)
    events: list[DeadLetterEvent] = []
    try:
        await consumer.start()
        begins = await consumer.beginning_offsets(places)
        ends = await consumer.end_offsets(places)
        unread = {tp: ends[tp] for tp in places if begins[tp] < ends[tp]}
        consumer.assign(list(unread))
        for tp in unread:
            consumer.seek(tp, begins[tp])
        while unread:
            batches = await consumer.getmany(*unread, timeout_ms=1000)
            for tp, records in batches.items():
                events += [DEAD_LETTER_EVENT.validate_json(record.value) for record in records]
                if records[-1].offset + 1 >= unread[tp]:
                    del unread[tp]
    finally:
        await consumer.stop()
    return events


def coordinates(text: str) -> tuple[str, int, int]:
    """`topic/partition/offset` in parts. Raises ValueError."""
    topic, partition, offset = text.rsplit("/", 2)
    return topic, int(partition), int(offset)


def of_groups(events: Sequence[RecordDeadLettered], group: str | None) -> list[RecordDeadLettered]:
    """Those of one group, or all."""
    return [event for event in events if group is None or event.data.group == group]
