"""Collection `settlements`: how far each is. Opened by the splitter, ticked off by the fold."""

from __future__ import annotations

from collections.abc import Collection as Names
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from schemas.ebook import RefusedRow
from schemas.envelope import Cause
from services.chassis.errors import TransientError
from services.chassis.mongo import Collection, UpdateOne, write
from services.ebook.adapters.mongo_bulk import find_by_id
from services.ebook.core.completion import SettlementProgress

ATTEMPTS = 20
"""How often a lost race is run again before the chassis waits and repeats the batch."""


class MongoSettlements:
    """See ports.Settlements."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection

    async def open(self, started: Sequence[SettlementProgress]) -> dict[str, SettlementProgress]:
        operations = [
            # An opened settlement does not match, and the insert meets its `_id`: it stays.
            UpdateOne(
                {"_id": one.settlement_id, "expected": {"$exists": False}},
                {"$set": _opening(one)},
                upsert=True,
            )
            for one in started
        ]
        wanted = {one.settlement_id for one in started}
        for _ in range(ATTEMPTS):
            await write(self._collection, operations)
            stored = {one.settlement_id: one for one in await self._opened(wanted)}
            if stored.keys() == wanted:
                return stored
        raise TransientError("settlements are contested by another writer")

    async def mark_done(self, rows: Mapping[str, Names[int]]) -> list[SettlementProgress]:
        operations = [
            # Upsert: a tick is never lost, whatever is opened first.
            UpdateOne({"_id": id_}, {"$addToSet": {"done": {"$each": sorted(done)}}}, upsert=True)
            for id_, done in rows.items()
        ]
        for _ in range(ATTEMPTS):
            if await write(self._collection, operations):
                return await self._opened(rows.keys())
        raise TransientError("settlements are contested by another writer")

    async def _opened(self, ids: Names[str]) -> list[SettlementProgress]:
        documents = await find_by_id(self._collection, ids)
        return [_progress(document) for document in documents if "expected" in document]


def _opening(progress: SettlementProgress) -> dict[str, Any]:
    cause = progress.cause
    return {
        "dossier_code": progress.dossier_code,
        "version": progress.version,
        "decision_number": progress.decision_number,
        "text_sha256": progress.text_sha256,
        "expected": progress.expected,
        "refused": {str(refused.row): list(refused.reasons) for refused in progress.refused},
        "cause": {
            "origin": cause.origin,
            # As text: a BSON date would cut microseconds off, and bytes would differ.
            "received_at": cause.received_at.isoformat(),
            "correlation_id": cause.correlation_id,
            "causation_id": None if cause.causation_id is None else str(cause.causation_id),
            "traceparent": cause.traceparent,
        },
    }


def _progress(document: dict[str, Any]) -> SettlementProgress:
    return SettlementProgress(
        settlement_id=document["_id"],
        dossier_code=document["dossier_code"],
        version=document["version"],
        decision_number=document["decision_number"],
        text_sha256=document["text_sha256"],
        expected=document["expected"],
        refused=tuple(
            RefusedRow(row=int(row), reasons=tuple(reasons))
            for row, reasons in document["refused"].items()
        ),
        cause=_cause(document["cause"]),
        done=tuple(sorted(document.get("done", ()))),
    )


def _cause(stored: dict[str, Any]) -> Cause:
    causation = stored["causation_id"]
    return Cause(
        origin=stored["origin"],
        received_at=datetime.fromisoformat(stored["received_at"]),
        correlation_id=stored["correlation_id"],
        causation_id=None if causation is None else UUID(causation),
        traceparent=stored["traceparent"],
    )
