"""What anybody with Kafka access sees: every record of every topic, read with bare aiokafka."""

from __future__ import annotations

import asyncio
import json
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient


@dataclass(frozen=True)
class Seen:
    """One record as it lies in a topic; `topic` is without the test's prefix."""

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None
    origin: str

    @cached_property
    def event(self) -> dict[str, Any]:
        """The decoded value."""
        decoded: dict[str, Any] = json.loads(self.value or b"{}")
        return decoded

    @property
    def type(self) -> str:
        return str(self.event.get("type"))

    @property
    def data(self) -> dict[str, Any]:
        data: dict[str, Any] = self.event.get("data", {})
        return data


@dataclass
class Watch:
    """A growing picture of all topics; `until` waits for a condition on it."""

    prefix: str
    records: dict[str, list[Seen]] = field(default_factory=lambda: defaultdict(list))

    def of(self, topic: str, *types: str, code: str | None = None) -> list[Seen]:
        """Records of a topic, of the given types, about the given dossier."""
        return [
            seen
            for seen in self.records[topic]
            if (not types or seen.type in types)
            and (code is None or seen.event.get("correlationid") == code)
        ]

    def dead_letters(self) -> list[Seen]:
        """Records on all dead-letter topics."""
        return [
            seen for name, all_ in self.records.items() if name.endswith(".dlt") for seen in all_
        ]

    async def until(self, condition: Callable[[], bool], what: str, seconds: float = 180) -> None:
        """Return as soon as `condition` holds; fail with what is there otherwise."""
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                counts = {name: len(all_) for name, all_ in self.records.items() if all_}
                raise AssertionError(f"not after {seconds:.0f} s: {what}; records: {counts}")
            await asyncio.sleep(0.3)  # a condition may look at everything: not at every record

    async def settled(self, quiet_seconds: float = 3) -> None:
        """Return when nothing new has come for a while."""
        count = -1
        while count != (count := sum(map(len, self.records.values()))):
            await asyncio.sleep(quiet_seconds)


async def _follow(watch: Watch, consumer: Any) -> None:
    while True:
        batches = await consumer.getmany(timeout_ms=200, max_records=5000)
        if not batches:
            continue
        for tp, records in batches.items():
            topic = tp.topic.removeprefix(watch.prefix)
            watch.records[topic] += [
                Seen(
                    topic, r.partition, r.offset, r.timestamp, r.key, r.value,
                    f"{r.topic}/{r.partition}/{r.offset}",
                )
                for r in records
            ]  # fmt: skip


async def partitions_of(bootstrap: str, names: list[str]) -> list[TopicPartition]:
    """All partitions of the topics."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        described = await admin.describe_topics(names)
    finally:
        await admin.close()
    return [
        TopicPartition(topic["topic"], partition["partition"])
        for topic in described
        for partition in topic["partitions"]
    ]


@asynccontextmanager
async def watching(bootstrap: str, prefix: str, topics: Iterable[str]) -> AsyncIterator[Watch]:
    """Follow the topics (names without prefix) from their first record on."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        metadata_max_age_ms=5000,
        fetch_max_wait_ms=100,
        max_partition_fetch_bytes=8 * 1024 * 1024,
    )
    await consumer.start()
    names = [prefix + topic for topic in topics]
    partitions = await partitions_of(bootstrap, names)
    assert {tp.topic for tp in partitions} == set(names), "topics missing"
    consumer.assign(partitions)
    for partition in partitions:
        consumer.seek(partition, 0)
    watch = Watch(prefix)
    task = asyncio.create_task(_follow(watch, consumer))
    try:
        yield watch
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await consumer.stop()
