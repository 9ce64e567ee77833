"""ebook's ports on a real MongoDB: every write is guarded or idempotent."""

from __future__ import annotations

import itertools
import os
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from deploy.local.platform import Platform
from schemas.ebook import RefusedRow
from schemas.envelope import Cause
from services.chassis.errors import StartupError
from services.chassis.mongo import InsertOne, UpdateOne, connect, write
from services.ebook.adapters import mongo_bulk, mongo_fingerprints
from services.ebook.adapters.mongo_aliases import MongoAliases
from services.ebook.adapters.mongo_books import MongoBooks
from services.ebook.adapters.mongo_facts import MongoFacts
from services.ebook.adapters.mongo_settlements import MongoSettlements
from services.ebook.core.aliases import Alias, AliasChange
from services.ebook.core.book import initial_book
from services.ebook.core.completion import SettlementProgress
from services.ebook.core.identity import fingerprint
from services.ebook.core.projection import Folded, Step, fold
from tests.ebook_builders import AT, BENEFIT, CODE, a_row, changes_of, decided, received, settled

_numbers = itertools.count(1)


@pytest.fixture
async def database(platform: Platform) -> AsyncIterator[Any]:
    client = connect(platform.mongodb_uri)
    name = f"stores{os.getpid()}n{next(_numbers)}_ebook"
    yield client[name]
    await client.drop_database(name)
    client.close()


def steps(*facts: dict[str, Any]) -> list[Step]:
    one = settled(a_row(1, "CCCD|001190012345", facts=facts))
    return [received(e, 0, offset) for offset, e in enumerate(changes_of(one, decided(one)))]


def progress(**changed: Any) -> SettlementProgress:
    return replace(
        SettlementProgress(
            settlement_id="6f1d3f3c-7d2b-5c0e-9f3a-000000000001",
            dossier_code=CODE,
            version=1,
            decision_number="77/QĐ-BHXH",
            text_sha256="0" * 64,
            expected=3,
            refused=(RefusedRow(row=2, reasons=("Chưa đủ điều kiện",)),),
            cause=Cause("signature.verdict.v1/0/7", AT.replace(microsecond=123456), CODE),
        ),
        **changed,
    )


class TestAliases:
    MINE = Alias("CCCD|1", "p", "s", 1)

    async def test_what_was_changed_is_known(self, database: Any) -> None:
        aliases = MongoAliases(database.aliases)
        assert await aliases.change([AliasChange(None, self.MINE)])
        assert await aliases.known(["CCCD|1", "SI|2"]) == {"CCCD|1": self.MINE}
        moved = replace(self.MINE, person_id="q", held=True)
        assert await aliases.change([AliasChange(self.MINE, moved)])
        assert await aliases.known(["CCCD|1"]) == {"CCCD|1": moved}
        assert await aliases.change([AliasChange(moved, None)])
        assert await aliases.known(["CCCD|1"]) == {}

    async def test_the_first_to_insert_wins_and_the_others_effects_stay(
        self, database: Any
    ) -> None:
        aliases = MongoAliases(database.aliases)
        other = Alias("SI|2", "q", "t", 1)
        assert await aliases.change([AliasChange(None, other)])
        both = [AliasChange(None, replace(other, person_id="p")), AliasChange(None, self.MINE)]
        assert not await aliases.change(both)
        assert await aliases.known(["CCCD|1", "SI|2"]) == {"CCCD|1": self.MINE, "SI|2": other}

    async def test_what_another_holds_is_neither_moved_nor_released(self, database: Any) -> None:
        aliases = MongoAliases(database.aliases)
        held = replace(self.MINE, held=True)
        await aliases.change([AliasChange(None, held)])
        assert not await aliases.change([AliasChange(self.MINE, None)])
        assert not await aliases.change([AliasChange(self.MINE, replace(held, person_id="q"))])
        assert await aliases.known(["CCCD|1"]) == {"CCCD|1": held}


class TestBooks:
    async def test_a_saved_book_is_loaded_as_it_was(self, database: Any) -> None:
        books = MongoBooks(database.books)
        folded = fold(initial_book("p"), steps(BENEFIT))
        assert await books.save([folded])
        assert await books.load(["p", "q"]) == {"p": folded.book}

    async def test_of_two_writers_that_read_the_same_one_loses(self, database: Any) -> None:
        books = MongoBooks(database.books)
        first, *rest = steps(BENEFIT, BENEFIT)
        start = fold(initial_book("p"), [first])
        assert await books.save([start])
        assert not await books.save([start]), "it exists by now"
        mine, theirs = fold(start.book, rest), fold(start.book, rest[:1])
        assert await books.save([theirs])
        assert not await books.save([mine])
        assert await books.load(["p"]) == {"p": theirs.book}

    async def test_a_book_that_did_not_move_is_not_written(self, database: Any) -> None:
        books = MongoBooks(database.books)
        assert await books.save([Folded(initial_book("p"), initial_book("p"), ())])
        assert await books.load(["p"]) == {}


class TestFacts:
    async def test_a_fact_stands_once_and_keeps_its_first_words(self, database: Any) -> None:
        facts = MongoFacts(database.facts)
        _, benefit, last = steps(BENEFIT)
        await facts.record([benefit])
        moved = received(benefit.event, 3, 900)
        await facts.record([moved, last])
        stored = await database.facts.find().sort("origin").to_list(None)
        assert [fact["origin"] for fact in stored] == ["ebook.change.v1/0/1", "ebook.change.v1/0/2"]
        assert stored[0]["record"].encode() == benefit.event.encode()
        assert stored[0]["_id"] == str(benefit.event.id)


class TestSettlements:
    async def test_the_first_to_open_stays(self, database: Any) -> None:
        settlements = MongoSettlements(database.settlements)
        one = progress()
        assert await settlements.open([one]) == {one.settlement_id: one}
        again = progress(cause=Cause("signature.verdict.v1/0/99", AT, CODE))
        assert await settlements.open([again, again]) == {one.settlement_id: one}

    async def test_rows_are_ticked_off_in_any_order_and_any_number_of_times(
        self, database: Any
    ) -> None:
        settlements = MongoSettlements(database.settlements)
        one = progress()
        await settlements.open([one])
        (half,) = await settlements.mark_done({one.settlement_id: {3}})
        assert not half.is_complete
        (full,) = await settlements.mark_done({one.settlement_id: {1, 3}})
        assert full == replace(one, done=(1, 3))
        assert full.completed().data.done == (1, 3)
        (again,) = await settlements.mark_done({one.settlement_id: {1}})
        assert again.completed().encode() == full.completed().encode()

    async def test_a_tick_before_the_opening_is_not_lost(self, database: Any) -> None:
        settlements = MongoSettlements(database.settlements)
        one = progress()
        assert await settlements.mark_done({one.settlement_id: {1}}) == []
        opened = await settlements.open([one])
        assert opened[one.settlement_id].done == (1,)


class TestFingerprint:
    async def test_the_same_key_starts_again_and_another_does_not(self, database: Any) -> None:
        await mongo_fingerprints.confirm(database, fingerprint(b"one"))
        await mongo_fingerprints.confirm(database, fingerprint(b"one"))
        with pytest.raises(StartupError, match="give the original key") as raised:
            await mongo_fingerprints.confirm(database, fingerprint(b"another"))
        assert "\n" not in str(raised.value)
        await mongo_fingerprints.confirm(database, fingerprint(b"one"))


class TestBulk:
    async def test_other_refusals_are_errors_without_the_drivers_text(self, database: Any) -> None:
        await database.things.insert_one({"_id": "CCCD|001190012345", "n": "text"})
        bad = [
            InsertOne({"_id": "other"}),
            UpdateOne({"_id": "CCCD|001190012345"}, {"$inc": {"n": 1}}),
        ]
        with pytest.raises(RuntimeError, match="codes") as raised:
            await write(database.things, bad)
        assert "001190012345" not in str(raised.value)

    async def test_thousands_of_ids_are_found(self, database: Any) -> None:
        ids = [f"SI|{n:010}" for n in range(10_500)]
        assert await write(database.things, [InsertOne({"_id": i}) for i in ids])
        found = await mongo_bulk.find_by_id(database.things, {*ids, "SI|none"})
        assert sorted(d["_id"] for d in found) == ids
