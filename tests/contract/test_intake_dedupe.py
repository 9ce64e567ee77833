"""One scenario for DedupeRows, run in memory and on a real MongoDB."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from services.chassis.mongo import connect
from services.intake.adapters.mongo_dedupe import MongoDedupeRows
from services.intake.core.deduplication import Row, Wanted
from services.intake.deps import Deps
from services.intake.handlers import on_portal_records
from services.intake.ports import DedupeRows
from tests.conftest import Namespace
from tests.dedupe_rows import MemoryDedupeRows
from tests.portal_records import filed, received, settled, withdrawn

CODE = "G09.20-20261109-0000001"
NEXT = "G09.20-20261109-0000002"


def row(code: str, key: str, offset: int = 1) -> Row:
    return Row(f"{code}|{key}", code, "VERSION", 1, "d" * 64, f"t/0/{offset}", "SUBMITTED")


@pytest.fixture(params=["memory", "mongodb"])
async def rows(request: pytest.FixtureRequest) -> AsyncIterator[DedupeRows]:
    if request.param == "memory":
        yield MemoryDedupeRows()
        return
    namespace: Namespace = request.getfixturevalue("namespace")
    client = connect(namespace.mongodb_uri)
    name = f"{namespace.database_prefix}_intake"
    yield MongoDedupeRows(client[name])
    await client.drop_database(name)
    client.close()


async def test_what_was_inserted_is_loaded_by_key(rows: DedupeRows) -> None:
    assert await rows.insert([row(CODE, "a"), row(CODE, "b")])
    assert await rows.load(Wanted((f"{CODE}|a", f"{CODE}|none"))) == [row(CODE, "a")]


async def test_a_range_is_one_whole_dossier_and_no_other(rows: DedupeRows) -> None:
    await rows.insert([row(CODE, "a"), row(CODE, "b|{"), row(NEXT, "a")])
    found = await rows.load(Wanted((f"{NEXT}|a",), ((f"{CODE}|", f"{CODE}}}"),)))
    assert {each.key for each in found} == {f"{CODE}|a", f"{CODE}|b|{{", f"{NEXT}|a"}


async def test_the_first_insert_of_a_key_wins_and_the_rest_is_stored(rows: DedupeRows) -> None:
    assert await rows.insert([row(CODE, "a")])
    assert not await rows.insert([row(CODE, "a", offset=2), row(CODE, "b", offset=2)])
    found = await rows.load(Wanted((f"{CODE}|a", f"{CODE}|b")))
    assert {each.key: each.origin for each in found} == {f"{CODE}|a": "t/0/1", f"{CODE}|b": "t/0/2"}


async def test_nothing_wanted_is_nothing_loaded(rows: DedupeRows) -> None:
    assert await rows.load(Wanted(())) == []
    assert await rows.insert([])


async def test_the_handler_repeats_its_events_byte_for_byte(rows: DedupeRows) -> None:
    values: list[dict[str, Any] | bytes] = [filed(), b"?", filed(), withdrawn(), settled()]
    batch = [received(value, offset) for offset, value in enumerate([*values, withdrawn()])]
    deps = Deps(rows)
    first = [event.encode() for event in await on_portal_records(batch, deps)]
    again = [event.encode() for event in await on_portal_records(batch, deps)]
    one_by_one = [event.encode() for one in batch for event in await on_portal_records([one], deps)]
    assert first == again == one_by_one
