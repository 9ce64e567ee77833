"""The relay on a real MongoDB: one lease for a collection, nothing lost when it is left behind."""

from __future__ import annotations

import asyncio
import itertools
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from typing import Any, cast

import pytest

from schemas.receipt import RECEIPT_EVENT
from services.chassis.mongo import Database, connect
from services.chassis.outbox import entry, prepare_outbox, relay
from services.chassis.publishing import Outgoing, Publisher
from services.chassis.relaying import MAX_DOCUMENTS, loop_of
from services.receipt.core.decision import advance
from tests.conftest import MongoAddress
from tests.receipt_builders import DUE, POLICY, one, submitted

_numbers = itertools.count(1)
_NEVER_ENDS = 3600.0


class Topics:
    """What was published; `on_send` runs before a publish is acknowledged."""

    def __init__(self) -> None:
        self.values: list[bytes] = []
        self.on_send: Callable[[], Awaitable[object]] | None = None

    async def send(self, outgoing: Iterable[Outgoing]) -> None:
        self.values += [value for _, _, value in outgoing]
        if self.on_send is not None:
            await self.on_send()


@pytest.fixture
async def database(mongodb: MongoAddress) -> AsyncIterator[Database]:
    client = connect(mongodb.uri)
    name = f"relay{os.getpid()}n{next(_numbers)}"
    await prepare_outbox(client[name].documents)
    yield client[name]
    await client.drop_database(name)
    client.close()


async def fill(database: Database, count: int) -> None:
    (breached,) = advance(None, one(submitted()).after, DUE, POLICY).events
    item = entry(breached)
    await database.documents.insert_many(
        [{"_id": n, "outbox": [item | {"_id": str(n)}]} for n in range(count)]
    )


async def left(database: Database) -> int:
    return cast("int", await database.documents.count_documents({"outbox._id": {"$gt": ""}}))


def tick(database: Database, topics: Topics, lease_seconds: float = _NEVER_ENDS) -> Any:
    """One round of one replica."""
    own = relay(database.documents, RECEIPT_EVENT, lease_seconds=lease_seconds)
    return loop_of(own, cast("Publisher", topics)).tick()


async def test_a_round_publishes_and_removes_and_says_whether_more_waits(
    database: Database,
) -> None:
    topics = Topics()
    await fill(database, MAX_DOCUMENTS + 1)
    assert await tick(database, topics)
    assert await left(database) == 1
    assert not await tick(database, topics)
    assert await left(database) == 0
    assert len(topics.values) == MAX_DOCUMENTS + 1


async def test_while_one_replica_publishes_the_other_leaves_it_alone(database: Database) -> None:
    mine, theirs = Topics(), Topics()
    await fill(database, 3)
    mine.on_send = lambda: tick(database, theirs)
    await tick(database, mine)
    assert (len(mine.values), len(theirs.values), await left(database)) == (3, 0, 0)


async def test_the_lease_is_free_after_a_round_that_failed(database: Database) -> None:
    async def lost() -> None:
        raise ConnectionError

    topics = Topics()
    await fill(database, 1)
    topics.on_send = lost
    with pytest.raises(ConnectionError):
        await tick(database, topics)
    topics.on_send = None
    await tick(database, topics)
    assert (len(topics.values), await left(database)) == (2, 0)


async def test_what_a_replica_left_behind_is_taken_over_when_its_lease_ends(
    database: Database,
) -> None:
    stopped, other = Topics(), Topics()
    await fill(database, 1)
    reached, never = asyncio.Event(), asyncio.Event()

    async def stop() -> None:
        reached.set()
        await never.wait()

    stopped.on_send = stop
    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        hangs = group.create_task(tick(database, stopped, lease_seconds=0.5))
        await reached.wait()
        while await left(database):
            await tick(database, other)
            await asyncio.sleep(0.05)
        assert other.values == stopped.values
        never.set()
        await hangs
    assert await left(database) == 0
