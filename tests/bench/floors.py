"""Bare loops that do the I/O of a service and nothing else: `python -m tests.bench.floors NAME`.

Each is the least that anybody could write with aiokafka, motor, cryptography and aiosmtplib for
the same durability: validated input, acknowledged output, journaled writes, then the commit.
"""

from __future__ import annotations

import asyncio
import gc
import os
import sys
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord
from motor.motor_asyncio import AsyncIOMotorClient

from schemas import topics
from tests.bench import bare_ebook, bare_letters, bare_portal

BATCH = 500
SETTLEMENTS = 50
"""A batch of those is 2 000 changes."""

Out = tuple[int, bytes, bytes]
"""Partition, key, value."""
Act = Callable[[Sequence[ConsumerRecord], Any], Awaitable[Sequence[Out]]]


async def loop(
    inputs: Sequence[topics.Topic], output: topics.Topic | None, act: Act, most: int = BATCH
) -> None:
    """Read, act, publish what it returned, wait for the acknowledgements, commit; for ever."""
    env = os.environ
    bootstrap, prefix = env["KAFKA_BOOTSTRAP_SERVERS"], env["TOPIC_PREFIX"]
    out_prefix = env["OUTPUT_PREFIX"]
    client: Any = AsyncIOMotorClient(env["MONGODB_URI"], tz_aware=True, w="majority", journal=True)
    database = client[env["MONGODB_DATABASE_PREFIX"]]
    consumer = AIOKafkaConsumer(
        *(prefix + topic.name for topic in inputs),
        bootstrap_servers=bootstrap,
        group_id=f"{prefix}floor",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        fetch_max_wait_ms=100,
        fetch_max_bytes=32 * 1024 * 1024,
        max_partition_fetch_bytes=4 * 1024 * 1024,
    )
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap,
        enable_idempotence=True,
        acks="all",
        linger_ms=0,
        max_batch_size=512 * 1024,
    )
    await producer.start()
    await consumer.start()
    while True:
        fetched = await consumer.getmany(timeout_ms=100, max_records=most)
        records = [record for some in fetched.values() for record in some]
        if not records:
            continue
        outputs = await act(records, database)
        if output is not None:
            await publish(producer, out_prefix + output.name, outputs)
        await consumer.commit()


async def publish(producer: AIOKafkaProducer, topic: str, outputs: Sequence[Out]) -> None:
    """All in flight at once, then wait."""
    places: dict[int, list[Out]] = {}
    for out in outputs:
        places.setdefault(out[0], []).append(out)
    waiting = []
    for partition, some in places.items():
        batch = producer.create_batch()
        for _, key, value in some:
            if batch.append(key=key, value=value, timestamp=None) is None:
                waiting.append(await producer.send_batch(batch, topic, partition=partition))
                batch = producer.create_batch()
                batch.append(key=key, value=value, timestamp=None)
        waiting.append(await producer.send_batch(batch, topic, partition=partition))
    await asyncio.gather(*waiting)


LOOPS: dict[str, tuple[Sequence[topics.Topic], topics.Topic | None, Act]] = {
    "forward": ((topics.PORTAL_DOSSIER,), topics.INTAKE_DOSSIER, bare_portal.forward),
    "intake": ((topics.PORTAL_DOSSIER,), topics.INTAKE_DOSSIER, bare_portal.admit),
    "signature": ((topics.INTAKE_DOSSIER,), topics.SIGNATURE_VERDICT, bare_portal.verify),
    "letters": (
        (topics.INTAKE_DOSSIER, topics.SIGNATURE_VERDICT),
        topics.RECEIPT_LETTER,
        bare_letters.keep,
    ),
    "split": ((topics.SIGNATURE_VERDICT,), topics.EBOOK_CHANGE, bare_ebook.split),
    "fold": ((topics.EBOOK_CHANGE,), None, bare_ebook.fold),
}


def main(name: str) -> None:
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)
    most = SETTLEMENTS if name == "split" else BATCH
    running = bare_letters.send() if name == "smtp" else loop(*LOOPS[name], most)
    uvloop.run(running)


if __name__ == "__main__":
    main(sys.argv[1])
