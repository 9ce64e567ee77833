"""The relay: events that a store holds in its documents' `outbox` reach their topic, then leave it.

A document that has an outbox carries `outbox: [{_id: event id, event: the record's value as text}]`
and is changed in single writes. A crash between decision and publish loses nothing; a crash between
publish and removal repeats the record, byte for byte.
"""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from schemas.envelope import Event
from services.chassis.loops import Loop
from services.chassis.mongo import Collection


def entry(event: Event) -> dict[str, Any]:
    """What stands in a document's `outbox` array for one event."""
    return {"_id": str(event.id), "event": event.encode().decode()}


def relay(documents: Collection, events: TypeAdapter[Any], *, lease_seconds: float = 30) -> Loop:
    """The loop that empties the outboxes of one collection, under a lease per document."""
    raise NotImplementedError
