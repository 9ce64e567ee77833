"""One batch: decode each record, handle slices, publish, and only then return to be committed.

A record that cannot be handled is set aside (parked, dead-lettered) and never stops the others;
an error that may pass is raised, so that the same records come again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Generic, TypeVar

from services.chassis.deadletters import DeadLetters, SetAside
from services.chassis.errors import PermanentError
from services.chassis.logs import logger
from services.chassis.parking import Parking, Place
from services.chassis.publishing import MAX_EVENTS_IN_FLIGHT, Publisher
from services.chassis.reading import Reads
from services.chassis.records import Received, Record
from services.chassis.retrying import is_transient
from services.chassis.tenure import Tenure

E = TypeVar("E")

MAX_SLICE_RECORDS = 500
MAX_SLICE_BYTES = 16 * 1024 * 1024

_log = logger(__name__)


def take(records: Sequence[Record], start: int, count: int) -> Sequence[Record]:
    """The next slice: at most `count` records and MAX_SLICE_BYTES, at least one record."""
    size = 0
    for end in range(start, min(start + count, len(records))):
        size += len(records[end].value or b"")
        if size > MAX_SLICE_BYTES and end > start:
            return records[start:end]
    return records[start : start + count]


class Worker(Generic[E]):
    """Works through the records of one subscriber."""

    def __init__(
        self,
        reads: Reads[E],
        publisher: Publisher,
        letters: DeadLetters,
        unexpected_attempts: int,
    ) -> None:
        self._reads = reads
        self._publisher = publisher
        self._letters = letters
        self._attempts = unexpected_attempts
        self._failures: dict[Place, int] = {}
        self._events_per_record = 1.0

    async def work(self, records: Sequence[Record], tenure: Tenure) -> None:
        """Everything about these records is durable when this returns."""
        start = 0
        while start < len(records):
            fits = int(MAX_EVENTS_IN_FLIGHT / self._events_per_record)
            some = take(records, start, max(1, min(MAX_SLICE_RECORDS, fits)))
            await self._slice(some, tenure)
            start += len(some)

    async def redrive(self, record: Record) -> SetAside | None:
        """Handle one record that was set aside; why it failed, or None. Transient errors raise.

        A failure is the answer at once: an operator asks again.
        """
        decoded = self._decoded(record)
        if isinstance(decoded, SetAside):
            return decoded
        self._failures[record.topic, record.partition] = self._attempts
        try:
            return await self._alone(decoded)
        finally:
            self._forget_failures([record])

    async def _slice(self, records: Sequence[Record], tenure: Tenure) -> None:
        ready: list[Received[E]] = []
        aside: list[SetAside] = []
        parking = tenure.parking
        for record in records:
            behind = None if parking.is_empty else parking.behind(record)
            decoded = behind or self._decoded(record)
            if isinstance(decoded, SetAside):
                aside.append(decoded)
                self._note(decoded, parking)
            else:
                ready.append(decoded)
        await self._keep(aside, parking)
        if ready:
            await self._handle(ready, tenure)
        tenure.finished(records)
        if self._failures:
            self._forget_failures(records)

    def _decoded(self, record: Record) -> Received[E] | SetAside:
        """Decoding is pure, so that whatever it raises is the record's fault."""
        try:
            return Received(self._reads.decode(record), record)
        except PermanentError as error:
            return SetAside(record, error.reason, error.detail)
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001  hostile bytes raise anything, RecursionError too
            return SetAside(record, "UNDECODABLE", type(error).__name__)

    async def _handle(self, ready: Sequence[Received[E]], tenure: Tenure) -> None:
        try:
            await self._deliver(ready)
        except PermanentError:
            await self._one_by_one(ready, tenure)
        except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001  judged below
            self._raise_unless_exhausted(error, [received.record for received in ready])
            await self._one_by_one(ready, tenure)

    async def _one_by_one(self, ready: Sequence[Received[E]], tenure: Tenure) -> None:
        for received in ready:
            record = received.record
            failed = tenure.parking.behind(record) or await self._alone(received)
            if failed is not None:
                self._note(failed, tenure.parking)
                await self._keep([failed], tenure.parking)
            tenure.finished([record])

    async def _alone(self, received: Received[E]) -> SetAside | None:
        try:
            await self._deliver([received])
        except PermanentError as error:
            return SetAside(received.record, error.reason, error.detail)
        except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001  judged below
            self._raise_unless_exhausted(error, [received.record])
            return SetAside(received.record, "UNEXPECTED", type(error).__name__)
        return None

    async def _deliver(self, some: Sequence[Received[E]]) -> None:
        events = await self._reads.handle(some)
        await self._publisher.publish(events)
        self._events_per_record = max(1.0, len(events) / len(some))

    def _raise_unless_exhausted(self, error: BaseException, records: Sequence[Record]) -> None:
        """Raise what may pass; return once the same unexpected failure came often enough."""
        if isinstance(error, asyncio.CancelledError):
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise error
        elif is_transient(error):
            raise error
        places = {(record.topic, record.partition) for record in records}
        attempt = 1 + max(self._failures.get(place, 0) for place in places)
        self._failures.update(dict.fromkeys(places, attempt))
        _log.error(
            "unexpected failure",
            group=self._reads.group,
            attempt=attempt,
            records=len(records),
            exc_info=error,
        )
        if attempt < self._attempts:
            raise Unexpected from error

    def _forget_failures(self, records: Sequence[Record]) -> None:
        for place in {(record.topic, record.partition) for record in records}:
            self._failures.pop(place, None)

    def _note(self, set_aside: SetAside, parking: Parking) -> None:
        if not parking.note(set_aside):
            return
        record = set_aside.record
        self._letters.count(record.topic, set_aside.reason)
        _log.error(
            "dead letter",
            group=self._letters.group,
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
            reason=set_aside.reason,
            detail=set_aside.detail,
        )

    async def _keep(self, aside: Sequence[SetAside], parking: Parking) -> None:
        """First the store, then the dead letters: an open dead letter always has its place."""
        if aside:
            await parking.store(aside)
            await self._publisher.send([self._letters.of(one) for one in aside])


class Unexpected(Exception):  # noqa: N818  it is a signal to the Guard, not a fault of its own
    """An unexpected failure that is tried again; its cause is logged."""
