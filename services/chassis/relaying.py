"""One relay at work: take the lease, publish what full outboxes hold, remove what was acknowledged.

One lease for a collection, held for one round: it keeps replicas from publishing the same twice,
and costs two small writes a round. Should it end too early, records are repeated, none is lost.
"""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from schemas.topics import topic_of
from services.chassis.loops import Loop
from services.chassis.mongo import Collection, ReturnDocument, UpdateOne
from services.chassis.outbox import Relay
from services.chassis.publishing import MAX_BYTES_IN_FLIGHT, Outgoing, Publisher

MAX_DOCUMENTS = 200
EVERY_SECONDS = 1.0
_FULL = {"outbox._id": {"$gt": ""}}
_ENDED = {"$lte": ["$until", "$$NOW"]}
"""The store's clock decides, so that replicas need not agree on the time; never leased: ended."""


def loop_of(relay: Relay, publisher: Publisher) -> Loop:
    """The loop that empties the outboxes of one collection."""

    async def tick() -> bool:
        if await relay.documents.find_one(_FULL, {"_id": 1}) is None:
            return False
        token = str(uuid4())
        if not await _lease(relay, token):
            return False
        try:
            return await _publish(relay, publisher) == MAX_DOCUMENTS
        finally:
            await _release(relay, token)

    return Loop(f"relay {relay.documents.name}", EVERY_SECONDS, tick)


def _leases(relay: Relay) -> Collection:
    return relay.documents.database["leases"]


async def _lease(relay: Relay, token: str) -> bool:
    """Whether the collection's lease is ours now: nobody else's was alive."""
    millis = int(relay.lease_seconds * 1000)
    until = {"$dateAdd": {"startDate": "$$NOW", "unit": "millisecond", "amount": millis}}
    taken = {
        "token": {"$cond": [_ENDED, token, "$token"]},
        "until": {"$cond": [_ENDED, until, "$until"]},
    }
    lease = await _leases(relay).find_one_and_update(
        {"_id": relay.documents.name},
        [{"$set": taken}],
        upsert=True,
        return_document=ReturnDocument.AFTER,
    )
    return bool(lease["token"] == token)


async def _release(relay: Relay, token: str) -> None:
    mine = {"_id": relay.documents.name, "token": token}
    await _leases(relay).update_one(mine, {"$unset": {"until": ""}})


async def _publish(relay: Relay, publisher: Publisher) -> int:
    """How many documents; in parts, so that large entries are never all in memory."""
    full = relay.documents.find(_FULL, {"outbox": 1}).limit(MAX_DOCUMENTS)
    count, size, part = 0, 0, list[dict[str, Any]]()
    async for document in full:
        part.append(document)
        count += 1
        size += sum(len(item["event"]) for item in document["outbox"])
        if size > MAX_BYTES_IN_FLIGHT:
            await _flush(relay, publisher, part)
            part, size = [], 0
    if part:
        await _flush(relay, publisher, part)
    return count


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
