"""What ebook cannot do without: aliases and changes of a settlement; facts and books of changes."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from aiokafka import ConsumerRecord
from aiokafka.partitioner import murmur2
from pymongo import InsertOne, ReplaceOne

from schemas.content import Settlement, SettlementRow
from schemas.ebook import (
    CHANGE_EVENT,
    AliasAssigned,
    AliasData,
    ContributionData,
    ContributionRecorded,
    SettlementRecorded,
    SettlementRecordedData,
    SettlementRef,
)
from schemas.envelope import Cause, Event
from schemas.signature import SIGNATURE_EVENT, SettlementAuthenticated
from schemas.topics import LOCAL_PARTITIONS

Out = tuple[int, bytes, bytes]


async def split(records: Sequence[ConsumerRecord], database: Any) -> list[Out]:
    """Look aliases up, insert them, open the settlements, publish every change."""
    read = [_read(r) for r in records]
    names = [name for _, settlement, _ in read for row in settlement.rows for name in _names(row)]
    await database.aliases.find({"_id": {"$in": names}}).to_list(None)
    await database.aliases.bulk_write(
        [InsertOne({"_id": name, "person_id": _person(name)}) for name in names], ordered=False
    )
    await database.settlements.bulk_write(
        [InsertOne({"_id": str(e.id), "expected": len(s.rows)}) for e, s, _ in read], ordered=False
    )
    return [
        _out(change)
        for event, settlement, cause in read
        for row in settlement.rows
        for change in _changes(event, row, cause)
    ]


def _read(record: ConsumerRecord) -> tuple[SettlementAuthenticated, Settlement, Cause]:
    event = SIGNATURE_EVENT.validate_json(record.value)
    assert isinstance(event, SettlementAuthenticated)
    cause = event.as_cause(f"{record.topic}/{record.partition}/{record.offset}")
    return event, Settlement.model_validate_json(event.data.text), cause


def _names(row: SettlementRow) -> list[str]:
    return [f"{one.type}|{one.value}" for one in row.person.identifiers]


def _person(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


def _changes(event: SettlementAuthenticated, row: SettlementRow, cause: Cause) -> list[Event]:
    person, data = _person(_names(row)[0]), event.data
    ref = SettlementRef(
        settlement_id=event.id,
        dossier_code=data.dossier_code,
        version=data.version,
        decision_number=data.decision_number,
        agency=data.agency,
        row=row.row,
    )
    names = (str(event.id), row.row)
    aliases = [
        AliasData(person_id=person, settlement=ref, ordinal=place, identifier=identifier)
        for place, identifier in enumerate(row.person.identifiers)
    ]
    (fact,) = row.facts
    assert fact.kind == "CONTRIBUTION"
    contribution = ContributionData(person_id=person, settlement=ref, fact=fact)
    done = SettlementRecordedData(person_id=person, settlement=ref, last=True, name=row.person.name)
    return [
        *(AliasAssigned.derive(cause, person, (*names, a.ordinal), a) for a in aliases),
        ContributionRecorded.derive(cause, person, (*names, 0), contribution),
        SettlementRecorded.derive(cause, person, (*names, 0), done),
    ]


def _out(event: Event) -> Out:
    key = event.subject.encode()
    return int(murmur2(key) & 0x7FFFFFFF) % LOCAL_PARTITIONS, key, event.encode()


async def fold(records: Sequence[ConsumerRecord], database: Any) -> list[Out]:
    """Find the books, add the entries, insert the facts, replace the books as they were read."""
    people: dict[str, list[tuple[ConsumerRecord, Any]]] = {}
    done: dict[str, list[int]] = {}
    facts = []
    for r in records:
        event = CHANGE_EVENT.validate_json(r.value)
        people.setdefault(event.subject, []).append((r, event))
        if event.data.last:
            settlement = str(event.data.settlement.settlement_id)
            done.setdefault(settlement, []).append(event.data.settlement.row)
        facts.append({"_id": str(event.id), "type": event.type, "record": r.value.decode()})
    found = await database.books.find({"_id": {"$in": list(people)}}).to_list(None)
    books = {book["_id"]: book for book in found}
    await database.facts.insert_many(facts, ordered=False)
    await database.books.bulk_write(
        [_book(person, books.get(person), steps) for person, steps in people.items()],
        ordered=False,
    )
    if done:
        await database.done.insert_many(
            [{"settlement": settlement, "rows": rows} for settlement, rows in done.items()]
        )
    return []


def _book(person: str, book: Any, steps: Sequence[tuple[ConsumerRecord, Any]]) -> Any:
    record = steps[-1][0]
    entries = [
        {"id": str(event.id), "type": event.type, **event.data.model_dump(mode="json")}
        for _, event in steps
    ]
    wm = {str(record.partition): record.offset}
    if book is None:
        return InsertOne({"_id": person, "wm": wm, "entries": entries})
    new = {"_id": person, "wm": wm, "entries": [*book["entries"], *entries]}
    return ReplaceOne({"_id": person, "wm": book["wm"]}, new)
