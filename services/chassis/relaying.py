"""One relay at work: claim full outboxes under a lease, publish, remove what was acknowledged."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from schemas.topics import topic_of
from services.chassis.loops import Loop
from services.chassis.mongo import UpdateOne
from services.chassis.outbox import Relay
from services.chassis.publishing import MAX_BYTES_IN_FLIGHT, Outgoing, Publisher

MAX_DOCUMENTS = 200
EVERY_SECONDS = 1.0
_FULL = {"outbox._id": {"$gt": ""}}
_FREE = {
    "$or": [
        {"relay.until": {"$exists": False}},
        {"$expr": {"$lte": ["$relay.until", "$$NOW"]}},
    ]
}
"""The store's clock decides, so that replicas need not agree on the time."""


def loop_of(relay: Relay, publisher: Publisher) -> Loop:
    """The loop that empties the outboxes of one collection."""

    async def tick() -> bool:
        claimed = await _claim(relay)
        if not claimed:
            return False
        token, ids = claimed
        try:
            await _publish(relay, publisher, token, ids)
        finally:
            await _release(relay, token, ids)
        return len(ids) == MAX_DOCUMENTS

    return Loop(f"relay {relay.documents.name}", EVERY_SECONDS, tick)


async def _claim(relay: Relay) -> tuple[str, list[Any]] | None:
    """A token and the documents that are ours until the lease ends; None where nothing waits."""
    found = relay.documents.find({**_FULL, **_FREE}, {"_id": 1}).limit(MAX_DOCUMENTS)
    ids = [document["_id"] async for document in found]
    if not ids:
        return None
    token = str(uuid4())
    until = {"$dateAdd": {"startDate": "$$NOW", "unit": "millisecond", "amount": _millis(relay)}}
    claimed = await relay.documents.update_many(
        {"_id": {"$in": ids}, **_FREE}, [{"$set": {"relay": {"token": token, "until": until}}}]
    )
    return (token, ids) if claimed.modified_count else None


async def _publish(relay: Relay, publisher: Publisher, token: str, ids: list[Any]) -> None:
    """In parts, so that large entries are never all in memory; a document's entries in order."""
    ours = relay.documents.find({"_id": {"$in": ids}, "relay.token": token}, {"outbox": 1})
    part: list[dict[str, Any]] = []
    size = 0
    async for document in ours:
        part.append(document)
        size += sum(len(item["event"]) for item in document["outbox"])
        if size > MAX_BYTES_IN_FLIGHT:
            await _flush(relay, publisher, part)
            part, size = [], 0
    if part:
        await _flush(relay, publisher, part)


async def _flush(relay: Relay, publisher: Publisher, documents: list[dict[str, Any]]) -> None:
    await publisher.send(
        [_outgoing(relay, item["event"]) for document in documents for item in document["outbox"]]
    )
    await relay.documents.bulk_write([_removal(document) for document in documents], ordered=False)


def _outgoing(relay: Relay, text: str) -> Outgoing:
    event = relay.events.validate_json(text)
    return topic_of(event), event.subject.encode(), text.encode()


def _removal(document: dict[str, Any]) -> UpdateOne:
    """What was published leaves, also when the lease ended meanwhile; what was added stays."""
    ids = [item["_id"] for item in document["outbox"]]
    return UpdateOne({"_id": document["_id"]}, {"$pull": {"outbox": {"_id": {"$in": ids}}}})


async def _release(relay: Relay, token: str, ids: list[Any]) -> None:
    await relay.documents.update_many(
        {"_id": {"$in": ids}, "relay.token": token}, {"$unset": {"relay": ""}}
    )


def _millis(relay: Relay) -> int:
    return int(relay.lease_seconds * 1000)
