"""Redrive: an owner reads its parked records again, oldest first, and frees the key.

`hoso dlt redrive` only marks the queue (`redrive: {state: requested}`) in the service's store.
The owner of the partition works it off under the same turn as its batches, with the original
append times. Each success is published (`RecordRedriven`), then leaves the queue. The first failure
stops that queue: the rest stays parked and the mark says why (`state: stopped`).
"""

from __future__ import annotations

import time
from typing import Any

from services.chassis.loops import Loop
from services.chassis.mongo import Collection, Database
from services.chassis.parking import COLLECTION, Queue, Waiting
from services.chassis.publishing import Publisher
from services.chassis.rereading import Originals, RecordGoneError, originals
from services.chassis.subscription import Subscription
from services.chassis.tenure import Tenure

EVERY_SECONDS = 1.0
ROUND_SECONDS = 2.0
REQUESTED = "requested"
STOPPED = "stopped"


class Redriving:
    """Works off what operators asked for, for one subscriber."""

    def __init__(
        self,
        subscription: Subscription[Any],
        database: Database,
        publisher: Publisher,
        bootstrap: str,
    ) -> None:
        self._subscription = subscription
        self._documents: Collection = database[COLLECTION]
        self._publisher = publisher
        self._bootstrap = bootstrap

    def loop(self) -> Loop:
        """Looks every second; where nothing is parked it asks nobody."""
        return Loop(f"redrive {self._subscription.reads.group}", EVERY_SECONDS, self.tick)

    async def tick(self) -> bool:
        """Some records of the requested queues; whether there are more."""
        tenure = self._subscription.tenure
        if tenure is None or not tenure.places or self._subscription.consumer is None:
            return False
        if not tenure.loaded:
            async with self._subscription.turn:
                await self._subscription.arrived()
        if tenure.parking.is_empty:
            return False
        query = {"group": self._subscription.group, "redrive.state": REQUESTED}
        ids = [document["_id"] async for document in self._documents.find(query, {"_id": 1})]
        if not ids:
            return False
        until = time.monotonic() + ROUND_SECONDS
        async with originals(self._bootstrap) as reader:
            for id_ in ids:
                while time.monotonic() < until:
                    if not await self._next_of(id_, tenure, reader):
                        break
                else:
                    return True
        return False

    async def _next_of(self, id_: str, tenure: Tenure, reader: Originals) -> bool:
        """Redrive the queue's oldest record; whether to go on with this queue."""
        async with self._subscription.turn:
            queue = tenure.parking.queue(id_)
            if queue is None or self._subscription.tenure is not tenure:
                return False
            waiting = queue.in_order()[0]
            if waiting.offset >= tenure.next.get(queue.place, 0):
                return False  # its batch is not committed yet: a predecessor may still come again
            return await self._redrive(queue, waiting, tenure, reader)

    async def _redrive(
        self, queue: Queue, waiting: Waiting, tenure: Tenure, reader: Originals
    ) -> bool:
        try:
            record = await reader.read(*queue.place, waiting.offset)
        except RecordGoneError:
            await self._stop(queue, waiting.offset, "RETENTION_GAP", "")
            return False
        failed = await self._subscription.worker.redrive(record)
        if failed is not None:
            await self._stop(queue, waiting.offset, failed.reason, failed.detail)
            return False
        await self._publisher.send([self._subscription.letters.redriven(record)])
        await tenure.parking.released(queue.id, waiting.offset)
        self._subscription.worked()
        return True

    async def _stop(self, queue: Queue, offset: int, reason: str, detail: str) -> None:
        mark = {"state": STOPPED, "offset": offset, "reason": reason, "detail": detail}
        await self._documents.update_one({"_id": queue.id}, {"$set": {"redrive": mark}})
