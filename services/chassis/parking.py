"""Parked keys: later records of a key whose record failed wait behind it, in offset order.

One document per group, topic, partition and key in the service's `parking` collection, written
before the dead letter is published and before the offset is committed. Of the key only its digest
is kept. A record without a key stands alone: it parks nobody.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from schemas.deadletters import DeadLetterReason
from services.chassis.deadletters import SetAside
from services.chassis.mongo import Collection, Database, UpdateOne
from services.chassis.records import Record

COLLECTION = "parking"
Place = tuple[str, int]
"""Topic (its name in Kafka) and partition."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """One record of a queue."""

    offset: int
    reason: DeadLetterReason
    detail: str = ""


@dataclass(slots=True)
class Queue:
    """The records that wait behind one failed record of a key; in memory by offset."""

    id: str
    place: Place
    waiting: dict[int, Waiting] = field(default_factory=dict)

    def in_order(self) -> list[Waiting]:
        """Oldest first."""
        return [self.waiting[offset] for offset in sorted(self.waiting)]


def queue_id(group: str, record: Record) -> str:
    """The document's `_id`: by the key's digest, or by coordinates where there is no key."""
    if record.key is None:
        return f"{group}|{record.topic}|{record.partition}|@{record.offset}"
    return f"{group}|{record.topic}|{record.partition}|{sha256(record.key).hexdigest()}"


class Parking:
    """The queues of the partitions that one subscriber owns: memory and store, written through."""

    def __init__(self, database: Database, group: str) -> None:
        self._documents: Collection = database[COLLECTION]
        self._group = group
        self._queues: dict[str, Queue] = {}

    async def load(self, places: Iterable[Place]) -> None:
        """Replace the memory by what the store holds for these partitions."""
        owned = set(places)
        query = {"group": self._group, "topic": {"$in": sorted({topic for topic, _ in owned})}}
        queues = [_queue(document) async for document in self._documents.find(query)]
        self._queues = {queue.id: queue for queue in queues if queue.place in owned}

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits; the common case, so that records cost nothing."""
        return not self._queues

    def behind(self, record: Record) -> SetAside | None:
        """The record as it is to be set aside, if its key is parked; as before if it was before.

        Only a failed record at a lower offset parks: one that is read again is not held back by
        its successor.
        """
        queue = self._queues.get(queue_id(self._group, record))
        if queue is None or min(queue.waiting) > record.offset:
            return None
        known = queue.waiting.get(record.offset)
        if known is not None:
            return SetAside(record, known.reason, known.detail)
        return SetAside(record, "PARKED_BEHIND")

    def note(self, set_aside: SetAside) -> bool:
        """Hold back later records of this key from now on; `store` makes it durable.

        False if this very record was set aside before.
        """
        record = set_aside.record
        id_ = queue_id(self._group, record)
        queue = self._queues.setdefault(id_, Queue(id_, (record.topic, record.partition)))
        if record.offset in queue.waiting:
            return False
        waiting = Waiting(record.offset, set_aside.reason, set_aside.detail)
        queue.waiting[record.offset] = waiting
        return True

    async def store(self, set_aside: Sequence[SetAside]) -> None:
        """Make what was noted durable; again is fine."""
        pushes: dict[str, list[SetAside]] = {}
        for one in set_aside:
            pushes.setdefault(queue_id(self._group, one.record), []).append(one)
        await self._documents.bulk_write(
            [_push(self._group, id_, some) for id_, some in pushes.items()], ordered=False
        )

    def queue(self, id_: str) -> Queue | None:
        """The queue of that document, if it is ours."""
        return self._queues.get(id_)

    async def released(self, id_: str, offset: int) -> None:
        """A record of the queue was handled; with the last one the key is free again."""
        await self._documents.update_one({"_id": id_}, {"$pull": {"queue": {"offset": offset}}})
        await self._documents.delete_one({"_id": id_, "queue": []})
        queue = self._queues.get(id_)
        if queue is not None:
            queue.waiting.pop(offset, None)
            if not queue.waiting:
                del self._queues[id_]


async def prepare_parking(database: Database) -> None:
    """The index by which an owner finds its queues."""
    await database[COLLECTION].create_index([("group", 1), ("topic", 1)], name="owner")


def _queue(document: dict[str, Any]) -> Queue:
    waiting = (
        Waiting(item["offset"], item["reason"], item["detail"]) for item in document["queue"]
    )
    return Queue(
        document["_id"],
        (document["topic"], document["partition"]),
        {item.offset: item for item in waiting},
    )


def _push(group: str, id_: str, some: Sequence[SetAside]) -> UpdateOne:
    first = some[0].record
    items = [
        {"offset": one.record.offset, "reason": one.reason, "detail": one.detail} for one in some
    ]
    return UpdateOne(
        {"_id": id_},
        {
            "$setOnInsert": {
                "group": group,
                "topic": first.topic,
                "partition": first.partition,
                "keyed": first.key is not None,
            },
            "$addToSet": {"queue": {"$each": items}},
        },
        upsert=True,
    )
