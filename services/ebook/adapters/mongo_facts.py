"""Collection `facts`: every change that reached a book, insert-only, `_id` is the event id."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from services.chassis.mongo import Collection, InsertOne, write
from services.ebook.core.projection import Step


class MongoFacts:
    """See ports.Facts."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection

    async def record(self, steps: Sequence[Step]) -> None:
        """A fact that stands there already is left as it is: the same id is the same fact."""
        await write(self._collection, [InsertOne(_document(step)) for step in steps])


def _document(step: Step) -> dict[str, Any]:
    event, record = step.event, step.record
    assert record.value is not None
    return {
        "_id": str(event.id),
        "person_id": event.data.person_id,
        "type": event.type,
        "settlement_id": str(event.data.settlement.settlement_id),
        "row": event.data.settlement.row,
        "origin": step.origin,
        "received_at": event.received_at,
        "record": record.value.decode(),
    }
