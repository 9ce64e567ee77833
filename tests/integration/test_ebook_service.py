"""The ebook service as a process on real Kafka and MongoDB: from verdict topic to book."""

from __future__ import annotations

import os
from collections.abc import Iterable

from aiokafka import AIOKafkaProducer

from deploy.local.platform import Platform
from schemas.envelope import Event
from services.chassis.mongo import connect
from tests.ebook_builders import BENEFIT, CONTRIBUTION, a_row, authenticated
from tests.system import System, running

NAME = f"ebookonly{os.getpid()}"


async def publish(system: System, topic: str, events: Iterable[Event]) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=system.platform.bootstrap)
    await producer.start()
    try:
        for event in events:
            await producer.send_and_wait(
                system.prefix + topic, event.encode(), key=event.subject.encode()
            )
    finally:
        await producer.stop()


async def test_settlements_become_books_also_across_a_crash(platform: Platform) -> None:
    codes = [f"G12.01-20261122-{n:07}" for n in range(1, 21)]
    settlements = [
        authenticated(
            a_row(1, f"CCCD|{n:012}", facts=[BENEFIT]),
            a_row(2, "CCCD|001190012345", facts=[CONTRIBUTION]),
            a_row(3, f"SI|{n:010}", outcome="REFUSED", reasons=["Chưa đủ điều kiện"]),
            code=code,
        )
        for n, code in enumerate(codes)
    ]
    async with running(platform, name=NAME, settings={}, services=("ebook",)) as system:
        watch = system.watch

        def completed() -> set[str]:
            return {seen.data["dossier_code"] for seen in watch.of("ebook.dossier.v1")}

        await publish(system, "signature.verdict.v1", settlements[:10])
        await watch.until(lambda: len(completed()) >= 5, "the first are complete")
        system.services["ebook"].kill()
        # Also what was seen before, once more at a new offset.
        await publish(system, "signature.verdict.v1", settlements)
        await watch.until(lambda: completed() == set(codes), "all are complete")
        await watch.settled(2)
        assert watch.dead_letters() == []
        for topic in ("ebook.change.v1", "ebook.dossier.v1"):
            seen: dict[str, bytes | None] = {}
            for record in watch.of(topic):
                assert seen.setdefault(record.event["id"], record.value) == record.value
        assert "001190012345" not in system.logs()
        database = system.database("ebook")
        alias = database.aliases.find_one({"_id": "CCCD|001190012345"})
        book = database.books.find_one({"_id": alias["person_id"]})
        assert len(book["content"]["contributions"]) == 20
        assert database.books.count_documents({}) == 21
        assert database.facts.count_documents({}) == len(
            {s.event["id"] for s in watch.of("ebook.change.v1")}
        )
    client = connect(platform.mongodb_uri)
    await client.drop_database(f"{NAME}_ebook")
    client.close()


async def test_another_person_id_key_does_not_start(platform: Platform) -> None:
    name = f"{NAME}key"
    async with running(platform, name=name, settings={}, services=("ebook",)) as system:
        ebook = system.services["ebook"]
        ebook.stop()
        ebook._env["PERSON_ID_KEY"] = "another key that is long enough"
        ebook.launch()
        assert ebook._popen is not None
        assert ebook._popen.wait(30) == 1
        assert "give the original key" in ebook.last_words()
        assert "Traceback" not in ebook.last_words()
