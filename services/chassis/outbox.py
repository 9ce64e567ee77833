"""The relay: events that a store holds in its documents' `outbox` reach their topic, then leave it.

A document that has an outbox carries `outbox: [{_id: event id, event: the record's value as text}]`
and is changed in single writes. A crash between decision and publish loses nothing; a crash between
publish and removal repeats the record, byte for byte.

The owner of the documents never replaces one whole without comparing what it read: it pushes to
`outbox` and leaves its other entries as they are. Index: `prepare_outbox`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from schemas.envelope import Event
from services.chassis.mongo import Collection
from services.chassis.publishing import check_size, outgoing


def entry(event: Event) -> dict[str, Any]:
    """What stands in a document's `outbox` array for one event.

    Raises PermanentError(RESULT_TOO_LARGE) for an event that its topic could not carry.
    """
    topic, key, value = outgoing(event)
    check_size(topic, key, value)
    return {"_id": str(event.id), "event": value.decode()}


@dataclass(frozen=True, slots=True)
class Relay:
    """The outboxes of one collection, to be emptied by the chassis; stands in `Service.relays`.

    It runs 0.1 s after every batch and every loop round of this process, and every second.
    One replica at a time works on a collection, under a lease.
    """

    documents: Collection
    events: TypeAdapter[Any]
    lease_seconds: float = 10


def relay(documents: Collection, events: TypeAdapter[Any], *, lease_seconds: float = 10) -> Relay:
    """The relay of one collection; `events` decodes its entries (the topic's union)."""
    return Relay(documents, events, lease_seconds)


async def prepare_outbox(documents: Collection) -> None:
    """The index by which the relay finds full outboxes; call it in `Service.prepare`."""
    await documents.create_index(
        "outbox._id", name="outbox", partialFilterExpression={"outbox._id": {"$gt": ""}}
    )
