"""The service's own idempotent producer: what `publish` returned for is acknowledged by all.

Records of one partition keep their order. Partition = murmur2(key), as in Java.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from functools import lru_cache

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, KafkaTimeoutError
from aiokafka.partitioner import murmur2

from schemas.envelope import Event
from schemas.topics import Topic, topic_of
from services.chassis import connection
from services.chassis.errors import PermanentError
from services.chassis.leaving import restart_me

ACKNOWLEDGED_SECONDS = 300.0
"""An early time-out would make duplicates: the unsent batch stays in the producer."""
MAX_EVENTS_IN_FLIGHT = 5_000
MAX_BYTES_IN_FLIGHT = 16 * 1024 * 1024
OVERHEAD_BYTES = 512
"""Room for the batch header and the record's own fields around key and value."""


@lru_cache(maxsize=5_000)  # keys come again soon or never; a large one is 30 MB
def partition_of(key: bytes, count: int) -> int:
    """The partition that Java's default partitioner gives this key."""
    return int(murmur2(key) & 0x7FFFFFFF) % count


Outgoing = tuple[Topic, bytes | None, bytes]
"""Topic of the catalogue, key, value."""


def outgoing(event: Event) -> Outgoing:
    """What goes out for an event: its own topic, its subject as key."""
    return topic_of(event), event.subject.encode(), event.encode()


def check_size(topic: Topic, key: bytes | None, value: bytes) -> None:
    """Raise PermanentError(RESULT_TOO_LARGE) for what the topic cannot carry.

    One batch that the broker rejects would poison the partition's sequence until a restart.
    """
    if len(value) + len(key or b"") + OVERHEAD_BYTES > topic.max_record_bytes:
        raise PermanentError("RESULT_TOO_LARGE", f"{len(value)} bytes for {topic.name}")


class Publisher:
    """Publishes to the topics of the catalogue with the process' topic prefix in front."""

    def __init__(self, bootstrap: str, prefix: str = "") -> None:
        self._bootstrap = bootstrap
        self._prefix = prefix
        self._producer: AIOKafkaProducer | None = None

    async def start(self) -> None:
        """Connect; within the event loop that will publish."""
        self._producer = connection.producer(self._bootstrap)
        await self._producer.start()

    async def stop(self) -> None:
        """Send what is buffered, then close; twice is fine."""
        if self._producer is not None:
            await self._producer.stop()
            self._producer = None

    async def publish(self, events: Iterable[Event]) -> None:
        """Publish in order and wait until every one is acknowledged.

        Nothing is sent when one is too large for its topic (PermanentError), unless there are
        more than fit in flight: then the earlier parts are out, which a repetition repeats.
        """
        part: list[Outgoing] = []
        size = 0
        for event in events:
            record = outgoing(event)
            check_size(*record)
            if part and (len(part) >= MAX_EVENTS_IN_FLIGHT or size > MAX_BYTES_IN_FLIGHT):
                await self.send(part)
                part, size = [], 0
            part.append(record)
            size += len(record[2])
        if part:
            await self.send(part)

    async def send(self, records: Sequence[Outgoing]) -> None:
        """As `publish`, for records that are encoded and known to fit; all in flight at once."""
        if self._producer is None:
            raise RuntimeError("the publisher is not running")
        try:
            async with asyncio.timeout(ACKNOWLEDGED_SECONDS):
                waiting = await self._enqueue(self._producer, records)
            await _acknowledged(waiting)
        except KafkaError as error:
            if not error.retriable:
                restart_me("producing failed for good", error=type(error).__name__)
            raise

    async def _enqueue(
        self, producer: AIOKafkaProducer, records: Sequence[Outgoing]
    ) -> list[asyncio.Future[object]]:
        targets: dict[tuple[str, int], list[tuple[bytes | None, bytes]]] = {}
        counts: dict[str, int] = {}
        for topic, key, value in records:
            count = counts.get(topic.name)
            if count is None:
                found = await producer.partitions_for(self._prefix + topic.name)
                count = counts[topic.name] = len(found)
            partition = 0 if key is None else partition_of(key, count)
            targets.setdefault((topic.name, partition), []).append((key, value))
        filled = await asyncio.gather(
            *(
                self._fill(producer, self._prefix + name, partition, pairs)
                for (name, partition), pairs in targets.items()
            ),
            return_exceptions=True,
        )
        for failed in filled:
            if isinstance(failed, BaseException):
                raise failed
        return [future for some in filled if isinstance(some, list) for future in some]

    @staticmethod
    async def _fill(
        producer: AIOKafkaProducer,
        name: str,
        partition: int,
        pairs: Sequence[tuple[bytes | None, bytes]],
    ) -> list[asyncio.Future[object]]:
        waiting: list[asyncio.Future[object]] = []
        batch = producer.create_batch()
        for key, value in pairs:
            if batch.append(key=key, value=value, timestamp=None) is None:
                waiting.append(await _submit(producer, batch, name, partition))
                batch = producer.create_batch()
                batch.append(key=key, value=value, timestamp=None)
        waiting.append(await _submit(producer, batch, name, partition))
        return waiting


async def _acknowledged(waiting: Sequence[asyncio.Future[object]]) -> None:
    """Wait for all; the futures belong to the producer and are never cancelled."""
    done, pending = await asyncio.wait(waiting, timeout=ACKNOWLEDGED_SECONDS)
    errors = [error for future in done if (error := future.exception()) is not None]
    for error in sorted(errors, key=lambda error: getattr(error, "retriable", False)):
        raise error
    if pending:
        raise TimeoutError(f"no acknowledgement within {ACKNOWLEDGED_SECONDS} s")


async def _submit(
    producer: AIOKafkaProducer, batch: object, name: str, partition: int
) -> asyncio.Future[object]:
    """The batch's acknowledgement. A time-out here means that it was not enqueued: call again."""
    while True:
        try:
            future: asyncio.Future[object] = await producer.send_batch(
                batch, name, partition=partition
            )
        except KafkaTimeoutError:
            continue
        return future
