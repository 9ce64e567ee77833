"""Dossier versions in MongoDB: one document each, compared by `revision` before every change.

The relay empties `outbox` on its own; a save only pushes to it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection as Iterables
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from schemas.envelope import Cause
from schemas.intake import DossierSubmitted, SettlementSubmitted
from schemas.signature import SIGNATURE_EVENT, ValidationReport
from services.chassis.mongo import Collection, Database, InsertOne, UpdateOne, write
from services.chassis.outbox import entry, prepare_outbox
from services.signature.core.dossier import Dossier, Outcome, Submission, Version, Waiting


def _submission(document: dict[str, Any] | None) -> Submission | None:
    if document is None:
        return None
    event = DossierSubmitted.model_validate_json(document["event"])
    return Submission(event, document["origin"])


def _waiting(document: dict[str, Any]) -> Waiting:
    event = SettlementSubmitted.model_validate_json(document["event"])
    return Waiting(event, document["origin"])


def _pending(pending: Submission | Waiting) -> dict[str, Any]:
    return {"event": pending.event.encode().decode(), "origin": pending.origin}


def _outcome(document: dict[str, Any]) -> Outcome:
    cause, report = document["cause"], document["report"]
    causation = cause["causation_id"]
    return Outcome(
        decision_number=document["decision_number"],
        content_sha256=document["content_sha256"],
        signature_sha256=document["signature_sha256"],
        cause=Cause(
            origin=cause["origin"],
            received_at=datetime.fromisoformat(cause["received_at"]).astimezone(UTC),
            correlation_id=cause["correlation_id"],
            causation_id=UUID(causation) if causation else None,
            traceparent=cause["traceparent"],
        ),
        report=ValidationReport.model_validate_json(report) if report else None,
        reason=document["reason"],
    )


def _of_outcome(outcome: Outcome) -> dict[str, Any]:
    cause, report = outcome.cause, outcome.report
    return {
        "decision_number": outcome.decision_number,
        "content_sha256": outcome.content_sha256,
        "signature_sha256": outcome.signature_sha256,
        "cause": {
            "origin": cause.origin,
            # As text: a MongoDB date would drop the microseconds.
            "received_at": cause.received_at.isoformat(),
            "correlation_id": cause.correlation_id,
            "causation_id": str(cause.causation_id) if cause.causation_id else None,
            "traceparent": cause.traceparent,
        },
        "report": report.model_dump_json(by_alias=True, exclude_none=True) if report else None,
        "reason": outcome.reason,
    }


def _version(document: dict[str, Any]) -> Version:
    return Version(
        code=document["code"],
        number=document["version"],
        revision=document["revision"],
        content_sha256=document["content_sha256"],
        open=_submission(document["open"]),
        verdicts=tuple(SIGNATURE_EVENT.validate_json(text) for text in document["verdicts"]),
        waiting=tuple(map(_waiting, document["waiting"])),
        outcomes=tuple(map(_outcome, document["outcomes"])),
        tries=document["tries"],
        next_try_at=document["next_try_at"],
        has_outbox=bool(document["outbox"]),
    )


def _fields(version: Version) -> dict[str, Any]:
    return {
        "revision": version.revision + 1,
        "content_sha256": version.content_sha256,
        "open": _pending(version.open) if version.open else None,
        "verdicts": [event.encode().decode() for event in version.verdicts],
        "waiting": [_pending(waiting) for waiting in version.waiting],
        "outcomes": [_of_outcome(outcome) for outcome in version.outcomes],
        "tries": version.tries,
        "next_try_at": version.next_try_at,
    }


def _write(version: Version) -> InsertOne[dict[str, Any]] | UpdateOne:
    key = f"{version.code}/{version.number}"
    outbox = [entry(event) for event in version.outgoing]
    if version.revision == 0:
        new = {"_id": key, "code": version.code, "version": version.number, "outbox": outbox}
        return InsertOne(new | _fields(version))
    change: dict[str, Any] = {"$set": _fields(version)}
    if outbox:
        change["$push"] = {"outbox": {"$each": outbox}}
    return UpdateOne({"_id": key, "revision": version.revision}, change)


class MongoDossiers:
    """The port `Dossiers` on a MongoDB database."""

    def __init__(self, database: Database) -> None:
        self.documents: Collection = database["dossiers"]

    async def prepare(self) -> None:
        """The indexes, before the first record."""
        await self.documents.create_index("code", name="code")
        await self.documents.create_index(
            "next_try_at",
            name="next_try_at",
            partialFilterExpression={"next_try_at": {"$type": "date"}},
        )
        await prepare_outbox(self.documents)

    async def load(self, codes: Iterables[str]) -> Mapping[str, Dossier]:
        """All versions of these codes, without the texts of their outboxes."""
        if not codes:
            return {}
        found: defaultdict[str, dict[int, Version]] = defaultdict(dict)
        cursor = self.documents.find({"code": {"$in": list(codes)}}, {"outbox.event": 0})
        for document in await cursor.to_list(None):
            version = _version(document)
            found[version.code][version.number] = version
        return {code: Dossier(code, versions) for code, versions in found.items()}

    async def save(self, versions: Sequence[Version]) -> bool:
        """One unordered bulk write; each document only if its revision is the one loaded."""
        return await write(self.documents, [_write(version) for version in versions])

    async def claim(self, now: datetime, until: datetime, limit: int) -> Sequence[tuple[str, int]]:
        """Moves `next_try_at` to `until`, so that a crashed claimer's work is due again then."""
        due = {"next_try_at": {"$lte": now, "$type": "date"}}
        cursor = self.documents.find(due, {"_id": 1}).sort("next_try_at", 1).limit(limit)
        ids = [document["_id"] for document in await cursor.to_list(None)]
        if not ids:
            return ()
        token = str(uuid4())
        mark = {"$set": {"next_try_at": until, "claimed_by": token}}
        await self.documents.update_many({"_id": {"$in": ids}} | due, mark)
        mine = self.documents.find(
            {"_id": {"$in": ids}, "claimed_by": token}, {"code": 1, "version": 1}
        )
        return [(document["code"], document["version"]) for document in await mine.to_list(None)]
