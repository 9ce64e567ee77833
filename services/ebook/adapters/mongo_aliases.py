"""Collection `aliases`: `_id` is `TYPE|value`, unique across all books; written by comparison."""

from __future__ import annotations

from collections.abc import Collection as Names
from collections.abc import Sequence
from typing import Any

from services.chassis.mongo import Collection, DeleteOne, InsertOne, ReplaceOne, write
from services.ebook.adapters.mongo_bulk import find_by_id
from services.ebook.core.aliases import Alias, AliasChange


class MongoAliases:
    """See ports.Aliases."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection

    async def known(self, names: Names[str]) -> dict[str, Alias]:
        return {d["_id"]: _alias(d) for d in await find_by_id(self._collection, names)}

    async def change(self, changes: Sequence[AliasChange]) -> bool:
        return await write(self._collection, [_operation(change) for change in changes])


def _operation(change: AliasChange) -> Any:
    if change.old is None:
        assert change.new is not None
        return InsertOne(_document(change.new))
    if change.new is None:
        return DeleteOne(_document(change.old))
    return ReplaceOne(_document(change.old), _document(change.new))


def _document(alias: Alias) -> dict[str, Any]:
    return {
        "_id": alias.name,
        "person_id": alias.person_id,
        "settlement_id": alias.settlement_id,
        "row": alias.row,
        "held": alias.held,
    }


def _alias(document: dict[str, Any]) -> Alias:
    return Alias(
        name=document["_id"],
        person_id=document["person_id"],
        settlement_id=document["settlement_id"],
        row=document["row"],
        held=document["held"],
    )
