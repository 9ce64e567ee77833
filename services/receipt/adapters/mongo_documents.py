"""Dossier versions in MongoDB: every change is one write, guarded by the revision that was read.

Besides the state a document carries when each loop has to come: `sweep_at`, `send_at` with
`deadline`, `waiting_since`; and the chassis' `outbox`, to which events are only ever pushed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from services.chassis.mongo import Collection, Database, InsertOne, UpdateOne, write
from services.chassis.outbox import entry, prepare_outbox
from services.receipt.core import sending, sla
from services.receipt.core.decision import Change
from services.receipt.core.dossier import Dossier

COLLECTION = "documents"
_EVER = {"$gt": datetime(1970, 1, 1, tzinfo=UTC)}
"""Partial indexes hold only documents with a time; queries repeat it so that they are used."""


class MongoDocuments:
    """The port `Documents` on one collection."""

    def __init__(self, database: Database) -> None:
        self.collection: Collection = database[COLLECTION]

    async def prepare(self) -> None:
        """Create the indexes; doing it again changes nothing."""
        await self.collection.create_index("code", name="code")
        for name, keys in {
            "sweep_at": [("sweep_at", 1)],
            "send_at": [("deadline", 1), ("send_at", 1)],
            "waiting_since": [("waiting_since", 1)],
        }.items():
            await self.collection.create_index(
                keys, name=name, partialFilterExpression={name: _EVER}
            )
        await prepare_outbox(self.collection)

    async def of_codes(self, codes: Sequence[str]) -> dict[str, Dossier]:
        return await self._found({"code": {"$in": list(codes)}})

    async def of_ids(self, ids: Sequence[str]) -> dict[str, Dossier]:
        return await self._found({"_id": {"$in": list(ids)}})

    async def save(self, changes: Sequence[Change]) -> set[str]:
        token, ids = uuid4().hex, {change.after.document_id for change in changes}
        if await write(self.collection, [_operation(change, token) for change in changes]):
            return ids
        mine = self.collection.find({"_id": {"$in": list(ids)}, "writer": token}, {"_id": 1})
        return {document["_id"] async for document in mine}

    async def to_look_at(self, now: datetime, limit: int) -> list[Dossier]:
        query = {"sweep_at": {**_EVER, "$lte": now}}
        return list((await self._found(query, order="sweep_at", limit=limit)).values())

    async def to_send(self, now: datetime, limit: int) -> list[Dossier]:
        query = {"send_at": {**_EVER, "$lte": now}}
        return list((await self._found(query, order="deadline", limit=limit)).values())

    async def waiting_since(self) -> datetime | None:
        document = await self.collection.find_one(
            {"waiting_since": _EVER}, {"waiting_since": 1}, sort=[("waiting_since", 1)]
        )
        return None if document is None else document["waiting_since"]

    async def _found(
        self, query: dict[str, Any], *, order: str | None = None, limit: int = 0
    ) -> dict[str, Dossier]:
        cursor = self.collection.find(query, {"outbox": 0}, limit=limit)
        if order:
            cursor = cursor.sort(order, 1)
        documents = await cursor.to_list(None)
        return {document["_id"]: Dossier.model_validate(document) for document in documents}


def _operation(change: Change, token: str) -> InsertOne[dict[str, Any]] | UpdateOne:
    after, before = change.after, change.before
    revision = (before.revision if before else 0) + 1
    always = {**_times(after), "revision": revision, "writer": token}
    outbox = [entry(event) for event in change.events]
    if before is None:
        fields = {**after.model_dump(), **always}
        return InsertOne({"_id": after.document_id, **fields, "outbox": outbox})
    update: dict[str, Any] = {"$set": {**after.model_dump(include=_changed(change)), **always}}
    if outbox:
        update["$push"] = {"outbox": {"$each": outbox}}
    return UpdateOne({"_id": after.document_id, "revision": before.revision}, update)


def _changed(change: Change) -> set[str]:
    """The fields in which the two differ: the filing, the largest part, hardly ever among them."""
    before, after = change.before, change.after
    return {name for name in Dossier.model_fields if getattr(before, name) != getattr(after, name)}


def _times(dossier: Dossier) -> dict[str, datetime | None]:
    return {
        "sweep_at": sla.next_look_at(dossier),
        "send_at": sending.send_at(dossier),
        "deadline": sending.deadline(dossier),
        "waiting_since": sla.waiting_since(dossier),
    }
