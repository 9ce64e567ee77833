"""The operator's side of a redrive: mark queues in the service's store, then watch them empty."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

from services.chassis.mongo import Collection, Database
from services.chassis.parking import COLLECTION
from services.chassis.redriving import REQUESTED, STOPPED

LOOK_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Progress:
    """How a redrive stands: records that still wait, and queues that stopped with their reason."""

    waiting: int
    stopped: tuple[str, ...]

    @property
    def is_over(self) -> bool:
        """Nothing is being worked on any more."""
        return self.waiting == 0


async def request(
    database: Database, group: str, only: Sequence[tuple[str, int, int]] | None
) -> list[str]:
    """Ask the owner for these records' queues, or for all of the group; the queues asked for.

    A record that waits behind others is redriven with all of its queue: order is kept.
    """
    parking: Collection = database[COLLECTION]
    query: dict[str, Any] = {"group": group}
    if only is not None:
        query["$or"] = [
            {"topic": topic, "partition": partition, "queue.offset": offset}
            for topic, partition, offset in only
        ]
    ids = [document["_id"] async for document in parking.find(query, {"_id": 1})]
    if ids:
        await parking.update_many(
            {"_id": {"$in": ids}}, {"$set": {"redrive": {"state": REQUESTED}}}
        )
    return ids


async def watch(database: Database, ids: Sequence[str]) -> AsyncIterator[Progress]:
    """The progress every half second, until it is over."""
    parking: Collection = database[COLLECTION]
    while True:
        left = [document async for document in parking.find({"_id": {"$in": list(ids)}})]
        progress = Progress(
            sum(len(each["queue"]) for each in left if _state(each) == REQUESTED),
            tuple(_stopped(each) for each in left if _state(each) == STOPPED),
        )
        yield progress
        if progress.is_over:
            return
        await asyncio.sleep(LOOK_SECONDS)


def _state(document: dict[str, Any]) -> str:
    return str(document.get("redrive", {}).get("state", ""))


def _stopped(document: dict[str, Any]) -> str:
    mark = document["redrive"]
    at = f"{document['topic']}/{document['partition']}/{mark['offset']}"
    waiting = len(document["queue"])
    return f"{at}: {mark['reason']} {mark['detail']}".rstrip() + f" ({waiting} still parked)"
