"""The `dedupe` collection: one insert per row, never an update, never a removal, no expiry."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from services.chassis.mongo import Collection, Database, InsertOne, write
from services.intake.core.deduplication import Row, Wanted


class MongoDedupeRows:
    """DedupeRows on MongoDB; `_id` is the dedupe key, so that the first insert wins."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._rows: Collection = database["dedupe"]

    async def load(self, wanted: Wanted) -> list[Row]:
        if not wanted.keys and not wanted.ranges:
            return []
        clauses: list[dict[str, Any]] = [
            {"_id": {"$gte": low, "$lt": high}} for low, high in wanted.ranges
        ]
        if wanted.keys:
            clauses.append({"_id": {"$in": list(wanted.keys)}})
        query = clauses[0] if len(clauses) == 1 else {"$or": clauses}
        return [_row(found) for found in await self._rows.find(query).to_list(None)]

    async def insert(self, rows: Sequence[Row]) -> bool:
        return await write(self._rows, [InsertOne(_document(row)) for row in rows])

    async def ready(self) -> None:
        """Raises unless the store answers."""
        await self._database.command("ping")


def _row(found: dict[str, Any]) -> Row:
    return Row(
        key=found["_id"],
        code=found["code"],
        kind=found["kind"],
        version=found["version"],
        digest=found["digest"],
        origin=found["origin"],
        outcome=found["outcome"],
    )


def _document(row: Row) -> dict[str, Any]:
    return {
        "_id": row.key,
        "code": row.code,
        "kind": row.kind,
        "version": row.version,
        "digest": row.digest,
        "origin": row.origin,
        "outcome": row.outcome,
    }
