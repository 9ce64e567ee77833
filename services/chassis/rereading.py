"""Original records read again where they lie, by a reader without a group."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from services.chassis import connection
from services.chassis.errors import TransientError
from services.chassis.parking import Place
from services.chassis.records import Record

READ_SECONDS = 15.0
LOG_APPEND_TIME = 1


class RecordGoneError(Exception):
    """The record is no longer at its coordinates."""


def as_record(raw: ConsumerRecord) -> Record:
    """A consumed record as a plain value."""
    return Record(
        raw.topic,
        raw.partition,
        raw.offset,
        raw.key,
        raw.value,
        raw.timestamp,
        raw.timestamp_type == LOG_APPEND_TIME,
    )


class Originals:
    """Reads single records at their coordinates."""

    def __init__(self, consumer: AIOKafkaConsumer) -> None:
        self._consumer = consumer

    async def start(self) -> None:
        """Connect."""
        await self._consumer.start()

    async def stop(self) -> None:
        """Disconnect for good."""
        await self._consumer.stop()
        del self._consumer

    async def raw(self, topic: str, partition: int, offset: int) -> ConsumerRecord:
        """The record at exactly these coordinates. Raises RecordGoneError, TransientError."""
        found = await self._first({(topic, partition): offset})
        record = found.get((topic, partition))
        if record is None:
            raise TransientError("the record could not be read in time")
        if record.offset != offset:
            raise RecordGoneError(f"{topic}/{partition}/{offset}")
        return record

    async def read(self, topic: str, partition: int, offset: int) -> Record:
        """As `raw`, as a plain value."""
        return as_record(await self.raw(topic, partition, offset))

    async def appended_ms(self, places: Mapping[Place, int]) -> dict[Place, int]:
        """The append time of the first record at or after each offset, where one came in time."""
        found = await self._first(places)
        return {place: record.timestamp for place, record in found.items()}

    async def _first(self, places: Mapping[Place, int]) -> dict[Place, ConsumerRecord]:
        waiting = {TopicPartition(*place): offset for place, offset in places.items()}
        self._consumer.assign(list(waiting))
        for tp, offset in waiting.items():
            self._consumer.seek(tp, offset)
        found: dict[Place, ConsumerRecord] = {}
        loop = asyncio.get_running_loop()
        deadline = loop.time() + READ_SECONDS
        while waiting and loop.time() < deadline:
            batches = await self._consumer.getmany(*waiting, timeout_ms=500, max_records=1)
            for tp, records in batches.items():
                if records:
                    found[tp.topic, tp.partition] = records[0]
                    del waiting[tp]
        return found


@asynccontextmanager
async def originals(bootstrap: str) -> AsyncIterator[Originals]:
    """A reader, stopped at the end."""
    reader = Originals(connection.reader(bootstrap))
    try:
        await reader.start()
        yield reader
    finally:
        await reader.stop()
        connection.free_stopped()
