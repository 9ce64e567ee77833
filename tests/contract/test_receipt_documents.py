"""Dossier versions on a real MongoDB: one guarded write per change, found by index when due."""

from __future__ import annotations

import asyncio
import itertools
import os
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from schemas.receipt import RECEIPT_EVENT
from services.chassis.mongo import connect
from services.receipt.adapters.mongo_documents import MongoDocuments
from services.receipt.core.decision import Change, advance
from services.receipt.core.dossier import Lease
from services.receipt.core.sending import claim
from tests.conftest import MongoAddress
from tests.receipt_builders import (
    AT_RISK,
    CODE,
    DUE,
    OWNER,
    POLICY,
    RECEIVED,
    SOON,
    addressee,
    completed,
    decided,
    one,
    submitted,
    verdict,
    withdrawn,
)

_numbers = itertools.count(1)
ID = f"{CODE}/1"


@pytest.fixture
async def documents(mongodb: MongoAddress) -> AsyncIterator[MongoDocuments]:
    client = connect(mongodb.uri)
    name = f"letters{os.getpid()}n{next(_numbers)}_receipt"
    made = MongoDocuments(client[name])
    await made.prepare()
    yield made
    await client.drop_database(name)
    client.close()


async def outbox(documents: MongoDocuments) -> list[str]:
    stored = await documents.collection.find_one({"_id": ID})
    events = (RECEIPT_EVENT.validate_json(item["event"]) for item in stored["outbox"])
    return [event.type for event in events]


async def test_what_was_saved_is_what_is_found(documents: MongoDocuments) -> None:
    change = one(submitted(owner=OWNER), verdict(), completed())
    assert await documents.save([change]) == {ID}
    found = await documents.of_codes([CODE])
    assert found == {ID: change.after.model_copy(update={"revision": 1})}
    assert await documents.of_ids([ID]) == found
    assert await documents.of_codes(["other"]) == {}


async def test_of_two_writers_who_read_the_same_one_wins(documents: MongoDocuments) -> None:
    first = [one(submitted()) for _ in range(2)]
    results = await asyncio.gather(*(documents.save([change]) for change in first))
    assert sorted(map(len, results)) == [0, 1]
    known = (await documents.of_ids([ID]))[ID]
    both = [one(event, known=known) for event in (verdict(), withdrawn())]
    results = await asyncio.gather(*(documents.save([change]) for change in both))
    assert sorted(map(len, results)) == [0, 1]


async def test_a_lost_write_leaves_the_others_of_its_batch(documents: MongoDocuments) -> None:
    await documents.save(list(decided(submitted()).values()))
    stale = decided(submitted(), submitted(version=2))
    assert await documents.save(list(stale.values())) == {f"{CODE}/2"}


async def test_events_join_the_outbox_in_the_same_write_and_a_lost_write_adds_none(
    documents: MongoDocuments,
) -> None:
    at_risk = one(submitted(), at=AT_RISK)
    await documents.save([at_risk])
    assert await outbox(documents) == ["SlaAtRisk"]
    known = (await documents.of_ids([ID]))[ID]
    breach = advance(known, known, DUE, POLICY)
    await documents.save([breach])
    assert await documents.save([breach]) == set()
    assert await outbox(documents) == ["SlaAtRisk", "SlaBreached"]


async def test_the_sweep_finds_a_clock_at_three_quarters_then_at_due_then_never(
    documents: MongoDocuments,
) -> None:
    await documents.save([one(submitted(), verdict("TRY_LATER"))])
    assert await documents.to_look_at(AT_RISK - timedelta(seconds=1), 10) == []
    for now in (AT_RISK, DUE):
        (found,) = await documents.to_look_at(now, 10)
        await documents.save([advance(found, found, now, POLICY)])
        assert await documents.to_look_at(now, 10) == []
    assert await documents.to_look_at(DUE + timedelta(days=99), 10) == []


async def test_senders_take_the_earliest_deadline_first(documents: MongoDocuments) -> None:
    times = [RECEIVED + timedelta(minutes=minutes) for minutes in (30, 10, 20)]
    changes = [
        next(iter(decided(submitted(v, at), verdict(version=v)).values()))
        for v, at in enumerate(times, 1)
    ]
    await documents.save(changes)
    now = RECEIVED + timedelta(hours=1)
    found = await documents.to_send(now, 2)
    assert [dossier.version for dossier in found] == [2, 3]
    lease = Lease(token="t", until=now + timedelta(seconds=60))
    assert len(await documents.save([Change(d, claim(d, now, lease)) for d in found])) == 2
    assert [dossier.version for dossier in await documents.to_send(now, 9)] == [1]
    assert len(await documents.to_send(lease.until, 9)) == 3


async def test_the_oldest_waiting_dossier_is_one_without_an_answer(
    documents: MongoDocuments,
) -> None:
    assert await documents.waiting_since() is None
    unreachable = one(submitted(submitter=addressee(email=None)), verdict())
    await documents.save([unreachable])
    assert await documents.waiting_since() is None
    later = RECEIVED + timedelta(minutes=1)
    await documents.save(list(decided(submitted(2, later), at=SOON).values()))
    assert await documents.waiting_since() == later


@pytest.mark.parametrize(
    ("query", "sort", "index"),
    [
        ({"sweep_at": {"$lte": SOON}}, "sweep_at", "sweep_at"),
        ({"send_at": {"$lte": SOON}}, "deadline", "send_at"),
        ({"waiting_since": {}}, "waiting_since", "waiting_since"),
    ],
)
async def test_due_documents_are_found_by_their_index(
    documents: MongoDocuments, query: dict[str, Any], sort: str, index: str
) -> None:
    await documents.save([one(submitted(), verdict())])
    ever = {"$gt": RECEIVED.replace(year=1970, month=1, day=1, hour=0, minute=0)}
    asked = {field: {**ever, **bound} for field, bound in query.items()}
    plan = await documents.collection.find(asked).sort(sort, 1).explain()
    assert f"'indexName': '{index}'" in str(plan["queryPlanner"]["winningPlan"])
    assert "COLLSCAN" not in str(plan["queryPlanner"]["winningPlan"])
    assert "'SORT'" not in str(plan["queryPlanner"]["winningPlan"])
