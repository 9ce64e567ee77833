"""One batch subscriber of a group: its partitions, its turn, its gap guard and its hand-over."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, ConsumerRecord, TopicPartition

from schemas.topics import Topic
from services.chassis.batching import Worker
from services.chassis.deadletters import DeadLetters, Gap
from services.chassis.errors import TransientError
from services.chassis.logs import logger
from services.chassis.mongo import Database
from services.chassis.parking import Parking
from services.chassis.publishing import Publisher
from services.chassis.reading import Reads
from services.chassis.records import Record
from services.chassis.rereading import as_record
from services.chassis.settings import Settings
from services.chassis.tenure import Tenure

E = TypeVar("E")

HAND_OVER_SECONDS = 48.0
_log = logger(__name__)


class TimestampTypeError(TransientError):
    """A portal record without the broker's append time: the one clock is missing, so we wait."""


@dataclass(slots=True)
class ClockState:
    """Whether the portal's topic carries the broker's clock: its policy, and the records seen."""

    topic_ok: bool = True
    records_ok: bool = True

    @property
    def ok(self) -> bool:
        """Both."""
        return self.topic_ok and self.records_ok


class Subscription(Generic[E]):
    """What happens to the batches of one consumer, and what it owns meanwhile."""

    def __init__(
        self,
        reads: Reads[E],
        settings: Settings,
        *,
        service: str,
        database: Database,
        publisher: Publisher,
        clock_state: ClockState,
    ) -> None:
        self.reads = reads
        self.group = settings.topic_prefix + reads.group
        self.catalogue = {settings.topic_prefix + topic.name: topic for topic in reads.topics}
        self.letters = DeadLetters(
            service,
            self.group,
            self.catalogue,
            {name: topic.dead_letters(reads.group) for name, topic in self.catalogue.items()},
        )
        self.worker = Worker(reads, publisher, self.letters, settings.unexpected_attempts)
        self.turn = asyncio.Lock()
        """Held while records are worked on: by a batch or by a redrive, never both."""
        self.tenure: Tenure | None = None
        self.alone_since = time.monotonic()
        """Since when it owns nothing, while `tenure` is None."""
        self.subscriber: Any = None
        """FastStream's subscriber, set by the broker module."""
        self.worked: Callable[[], None] = lambda: None
        """Called after every batch; the app wakes the relays."""
        self._database = database
        self._publisher = publisher
        self._clock_state = clock_state

    @property
    def consumer(self) -> AIOKafkaConsumer | None:
        """The aiokafka consumer while it runs."""
        return self.subscriber.consumer if self.subscriber is not None else None

    @property
    def is_joined(self) -> bool:
        """Whether the group has given it partitions, or none."""
        return self.tenure is not None

    def leave(self) -> None:
        """Own nothing until the group says otherwise."""
        self.tenure = None
        self.alone_since = time.monotonic()

    async def on_batch(self, batch: Sequence[ConsumerRecord]) -> None:
        """Work through a delivered batch; FastStream commits when this returns."""
        async with self.turn:
            tenure = await self.arrived()
            tenure.touch()
            records = [as_record(raw) for raw in batch]
            self._require_append_time(records)
            await self.worker.work(await self._unread(records, tenure), tenure)
        self.worked()

    async def arrived(self) -> Tenure:
        """The present ownership with its queues and committed offsets loaded; within the turn."""
        tenure, consumer = self.tenure, self.consumer
        if tenure is None or consumer is None:
            raise TransientError("between two owners")
        if not tenure.loaded:
            places = sorted(tenure.places)
            committed = await asyncio.gather(
                *(consumer.committed(TopicPartition(*place)) for place in places)
            )
            await tenure.parking.load(places)
            tenure.next = {
                place: offset or 0 for place, offset in zip(places, committed, strict=True)
            }
            tenure.loaded = True
        return tenure

    async def _unread(self, records: list[Record], tenure: Tenure) -> list[Record]:
        """The records that are not finished yet; a jump in the offsets leaves a dead letter."""
        expected = dict(tenure.next)
        unread = []
        gaps = []
        for record in records:
            place = (record.topic, record.partition)
            due = expected.get(place, record.offset)
            if record.offset < due:
                continue
            if record.offset > due:
                gaps.append(Gap(*place, due, record.offset, record.appended_at))
            expected[place] = record.offset + 1
            unread.append(record)
        if gaps:
            await self._report(gaps)
        return unread

    async def _report(self, gaps: Sequence[Gap]) -> None:
        for gap in gaps:
            _log.critical(
                "records lost to retention",
                group=self.group,
                topic=gap.topic,
                partition=gap.partition,
                from_offset=gap.from_offset,
                until_offset=gap.until_offset,
            )
            self.letters.count(gap.topic, "RETENTION_GAP")
        await self._publisher.send([self.letters.of_gap(gap) for gap in gaps])

    def _require_append_time(self, records: Sequence[Record]) -> None:
        for record in records:
            if not record.log_append_time and carries_the_clock(self.catalogue[record.topic]):
                self._clock_state.records_ok = False
                _log.critical(
                    "record without the broker's append time",
                    topic=record.topic,
                    partition=record.partition,
                    offset=record.offset,
                )
                raise TimestampTypeError
        self._clock_state.records_ok = True


def carries_the_clock(topic: Topic) -> bool:
    """Whether the topic's append times are `received_at`: the portal's topic."""
    return topic.owner == "portal"


class HandOver(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka ships no types
    """Partitions change hands only between two batches: handler and commit are over by then."""

    def __init__(self, subscription: Subscription[Any], database: Database) -> None:
        self._subscription = subscription
        self._database = database

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:  # noqa: ARG002
        """Wait for the batch or redrive in hand, then forget the ownership."""
        subscription = self._subscription
        await subscription.subscriber.lock.wait_release(HAND_OVER_SECONDS)
        try:
            async with asyncio.timeout(HAND_OVER_SECONDS), subscription.turn:
                subscription.leave()
        except TimeoutError:
            subscription.leave()

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        """A new ownership; its queues and offsets are loaded with its first batch."""
        places = frozenset((tp.topic, tp.partition) for tp in assigned)
        subscription = self._subscription
        subscription.tenure = Tenure(places, Parking(self._database, subscription.group))
