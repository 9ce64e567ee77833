"""Collection `books`: one document per person, replaced only if its positions are as read."""

from __future__ import annotations

from collections.abc import Collection as Names
from collections.abc import Sequence
from typing import Any

from services.chassis.mongo import Collection, InsertOne, ReplaceOne, write
from services.ebook.adapters.mongo_bulk import find_by_id
from services.ebook.core.book import Book
from services.ebook.core.projection import Folded


class MongoBooks:
    """See ports.Books."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection

    async def load(self, person_ids: Names[str]) -> dict[str, Book]:
        return {d["_id"]: from_document(d) for d in await find_by_id(self._collection, person_ids)}

    async def save(self, folded: Sequence[Folded]) -> bool:
        moved = [one for one in folded if one.book.positions != one.before.positions]
        return await write(self._collection, [_operation(one) for one in moved])


def _operation(folded: Folded) -> Any:
    document = to_document(folded.book)
    if not folded.before.positions:
        return InsertOne(document)
    return ReplaceOne(
        {"_id": folded.before.person_id, "wm": dict(folded.before.positions)}, document
    )


def to_document(book: Book) -> dict[str, Any]:
    """As MongoDB keeps it."""
    return {
        "_id": book.person_id,
        "wm": dict(book.positions),
        "seen": list(book.seen),
        "content": book.content,
        "updated_at": book.updated_at,
    }


def from_document(document: dict[str, Any]) -> Book:
    """The book in a document of `to_document`."""
    return Book(
        person_id=document["_id"],
        content=document["content"],
        positions=document["wm"],
        seen=tuple(document["seen"]),
        updated_at=document["updated_at"],
    )
