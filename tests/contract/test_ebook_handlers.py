"""ebook's two handlers on a real MongoDB: redelivery, races, crashes, rebuilds."""

from __future__ import annotations

import asyncio
import itertools
import os
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from deploy.local.platform import Platform
from schemas.ebook import DossierCompleted
from schemas.envelope import Event
from services.chassis.mongo import connect
from services.ebook.adapters.mongo_books import from_document
from services.ebook.app import stores
from services.ebook.core.book import canonical
from services.ebook.core.projection import Step
from services.ebook.core.splitting import AuthenticatedSettlement
from services.ebook.deps import Deps
from services.ebook.handlers import on_changes, on_verdicts
from tests.ebook_builders import (
    BENEFIT,
    CONTRIBUTION,
    KEY,
    a_row,
    received,
    settled,
)

_numbers = itertools.count(1)


@pytest.fixture
async def database(platform: Platform) -> AsyncIterator[Any]:
    client = connect(platform.mongodb_uri)
    name = f"handlers{os.getpid()}n{next(_numbers)}_ebook"
    yield client[name]
    await client.drop_database(name)
    client.close()


@pytest.fixture
def deps(database: Any) -> Deps:
    return stores(database, KEY)


def steps(events: Sequence[Event], partition: int = 0) -> list[Step]:
    changes = [event for event in events if not isinstance(event, DossierCompleted)]
    return [received(event, partition, offset) for offset, event in enumerate(changes)]


async def books(database: Any) -> dict[str, bytes]:
    documents = await database.books.find().to_list(None)
    return {d["_id"]: canonical(from_document(d)) for d in documents}


def a_list(people: int, number: int = 0) -> AuthenticatedSettlement:
    rows = [
        a_row(n, f"CCCD|{n:012}", f"SI|{n:010}", facts=[CONTRIBUTION]) for n in range(1, people + 1)
    ]
    return settled(*rows, decision=str(number))


async def test_a_settlement_becomes_books_and_its_completion(database: Any, deps: Deps) -> None:
    one = settled(
        a_row(1, "CCCD|001190012345", "SI|0190012345"),
        a_row(2, "SI|0190000002", outcome="REFUSED", reasons=["Chưa đủ điều kiện"]),
        a_row(3, "PASSPORT|C1234567", facts=[BENEFIT, CONTRIBUTION]),
    )
    changes = await on_verdicts([received(one)], deps)
    assert not [e for e in changes if isinstance(e, DossierCompleted)]
    *first, last = steps(changes)
    assert await on_changes(first, deps) == []
    (completed,) = await on_changes([last], deps)
    assert isinstance(completed, DossierCompleted)
    assert (completed.data.expected, completed.data.done) == (3, (1, 3))
    assert [(r.row, r.reasons) for r in completed.data.refused] == [(2, ("Chưa đủ điều kiện",))]
    assert (completed.data.portal_status, completed.origin) == (9, "signature.verdict.v1/0/0")
    alias = await database.aliases.find_one({"_id": "SI|0190012345"})
    book = await database.books.find_one({"_id": alias["person_id"]})
    assert [b["amount"] for b in book["content"]["benefits"]] == ["84500000"]
    assert await database.books.count_documents({}) == 2
    assert await database.facts.count_documents({}) == len(first) + 1


async def test_a_redelivered_settlement_repeats_its_bytes(deps: Deps) -> None:
    batch = [received(a_list(5)), received(a_list(8, number=1), 1, 4)]
    before = [e.encode() for e in await on_verdicts(batch, deps)]
    assert [e.encode() for e in await on_verdicts(batch, deps)] == before
    one_by_one = [e.encode() for r in batch for e in await on_verdicts([r], deps)]
    assert one_by_one == before
    elsewhere = [replace(r, record=replace(r.record, offset=99)) for r in batch]
    assert [e.encode() for e in await on_verdicts(elsewhere, deps)] == before


async def test_racing_splitters_give_every_identifier_one_person(platform: Platform) -> None:
    """Three processes, the same new people under different sets of identifiers."""
    name = f"race{os.getpid()}n{next(_numbers)}_ebook"
    clients = [connect(platform.mongodb_uri) for _ in range(3)]
    people = range(1, 61)
    kinds = ("CCCD|{:012}", "SI|{:010}", "PASSPORT|C{:06}")
    lists = [
        settled(
            *(a_row(n, *(kind.format(n) for kind in pair), facts=[BENEFIT]) for n in people),
            decision=str(number),
        )
        for number, pair in enumerate(itertools.combinations(kinds, 2))
    ]
    all_deps = [stores(client[name], KEY) for client in clients]
    outs = await asyncio.gather(
        *(
            on_verdicts([received(one, number)], deps)
            for number, (one, deps) in enumerate(zip(lists, all_deps, strict=True))
        )
    )
    again = [await on_verdicts([received(one, n)], all_deps[0]) for n, one in enumerate(lists)]
    assert [[e.encode() for e in out] for out in again] == [
        [e.encode() for e in out] for out in outs
    ]
    aliases = {d["_id"]: d["person_id"] async for d in clients[0][name].aliases.find()}
    told = [
        (f"{e.data.identifier.type}|{e.data.identifier.value}", e.subject)
        for out in outs
        for e in out
        if e.type == "AliasAssigned"
    ]
    assert sorted(told) == sorted(aliases.items())
    for one, out in zip(lists, outs, strict=True):
        granted = {e.data.settlement.row: e.subject for e in out if getattr(e.data, "last", False)}
        for row in one.settlement.rows:
            persons = {aliases.get(f"{i.type}|{i.value}") for i in row.person.identifiers}
            if row.row in granted:
                assert persons == {granted[row.row]}
            else:
                assert len(persons) > 1, "refused only for a conflict"
    await clients[0].drop_database(name)
    for client in clients:
        client.close()


async def test_racing_folds_with_shifted_batches_equal_one_fold(
    database: Any, deps: Deps, platform: Platform
) -> None:
    changes = [e for n in range(6) for e in await on_verdicts([received(a_list(10, n))], deps)]
    stream = steps(changes)
    client = connect(platform.mongodb_uri)
    zombie = stores(client[database.name], KEY)

    async def run(who: Deps, size: int) -> list[Event]:
        out: list[Event] = []
        for start in range(0, len(stream), size):
            out += await on_changes(stream[start : start + size], who)
        return out

    mine, theirs = await asyncio.gather(run(deps, 7), run(zombie, 11))
    raced = await books(database)
    completed = {e.id: e.encode() for e in mine}
    assert len(completed) == 6
    assert all(completed[e.id] == e.encode() for e in theirs)
    assert await database.facts.count_documents({}) == len(stream)
    await database.books.drop()
    await on_changes(stream, deps)
    assert await books(database) == raced
    client.close()


async def test_a_crash_after_the_facts_or_after_the_book_loses_nothing(
    database: Any, deps: Deps
) -> None:
    stream = steps(await on_verdicts([received(a_list(3))], deps))
    await deps.facts.record(stream)  # crashed before the books
    (completed,) = await on_changes(stream, deps)
    whole = await books(database)
    await database.settlements.update_many({}, {"$unset": {"done": 1}})  # crashed before the ticks
    (repeated,) = await on_changes(stream, deps)
    assert repeated.encode() == completed.encode()
    assert await books(database) == whole


async def test_books_rebuilt_from_the_topic_alone_equal_the_live_ones(
    database: Any, deps: Deps, platform: Platform
) -> None:
    changes = [e for n in range(3) for e in await on_verdicts([received(a_list(4, n))], deps)]
    stream = steps(changes)
    for start in range(0, len(stream), 5):
        await on_changes(stream[start : start + 5], deps)
    client = connect(platform.mongodb_uri)
    rebuilt = client[f"rebuilt_{database.name}"]
    assert await on_changes(stream, stores(rebuilt, KEY)) == []
    assert await books(rebuilt) == await books(database)
    await client.drop_database(rebuilt.name)
    client.close()


async def test_a_list_of_two_thousand_people(database: Any, deps: Deps) -> None:
    changes = await on_verdicts([received(a_list(2000))], deps)
    assert len(changes) == 8000
    stream = steps(changes)
    out = [
        event
        for start in range(0, len(stream), 500)
        for event in await on_changes(stream[start : start + 500], deps)
    ]
    (completed,) = out
    assert completed.data.done == tuple(range(1, 2001))
    assert await database.books.count_documents({}) == 2000


async def test_a_batch_without_settlements_publishes_nothing(deps: Deps) -> None:
    assert await on_verdicts([], deps) == []
    assert await on_changes([], deps) == []
