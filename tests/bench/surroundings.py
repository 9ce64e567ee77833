"""What all runs share: the platform, fresh topics and databases, a null relay, a publisher."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from aiokafka import AIOKafkaProducer
from pymongo import MongoClient

from deploy.kafka.create_topics import create_topics
from deploy.local.downloads import CHECKOUT
from deploy.local.platform import Platform
from deploy.local.ports import HOST, accepts, free_port
from deploy.local.process import Process
from schemas.topics import DEAD_LETTERS, TOPICS
from tests.bench.dossiers import Dossiers, Outgoing
from tests.bench.measuring import Offsets
from tests.bench.sink import Sight

CONNECTIONS = 4
PERSON_KEY = "a-bench-key-that-is-long-enough-for-the-hmac"


@dataclass(frozen=True)
class Sink:
    """A running null relay."""

    process: Process
    sight: Sight
    url: str


@dataclass
class Bench:
    """What all runs share."""

    platform: Platform
    offsets: Offsets
    dossiers: Dossiers
    trust_list: Path
    profiles: Path | None = None
    """Where to write profiles of the services; such a run's figures count for nothing."""
    numbers: int = 0

    def env(self, prefix: str, **more: str) -> dict[str, str]:
        """What a service reads from its environment."""
        return {
            **self.platform.env,
            "TOPIC_PREFIX": prefix,
            "MONGODB_DATABASE_PREFIX": prefix.rstrip("."),
            "TRUST_LIST_PATH": str(self.trust_list),
            "PERSON_ID_KEY": PERSON_KEY,
            "SMTP_CONNECTIONS": str(CONNECTIONS),
            "LOG_LEVEL": "WARNING",
            **more,
        }

    @asynccontextmanager
    async def prefix(self) -> AsyncIterator[str]:
        """Fresh topics and databases, gone afterwards."""
        self.numbers += 1
        prefix = f"b{self.numbers}."
        await create_topics(self.platform.bootstrap, prefix)
        try:
            yield prefix
        finally:
            names = [prefix + topic.name for topic in (*TOPICS, *DEAD_LETTERS)]
            await self.offsets.delete(names)
            with MongoClient[dict[str, object]](self.platform.mongodb_uri) as mongo:
                for name in mongo.list_database_names():
                    if name.startswith((prefix.rstrip(".") + "_", f"f{prefix.rstrip('.')}")):
                        mongo.drop_database(name)

    @asynccontextmanager
    async def sink(self) -> AsyncIterator[Sink]:
        """A null relay."""
        port = free_port()
        command = [sys.executable, "-m", "tests.bench.sink", str(port)]
        process = Process(
            "sink",
            command,
            log=self.platform.logs / "sink.log",
            cwd=CHECKOUT,
            is_ready=lambda: accepts(f"{HOST}:{port}"),
        )
        process.start()
        sight = await Sight.of(port)
        try:
            yield Sink(process, sight, f"smtp://{HOST}:{port}")
        finally:
            sight.close()
            process.stop()


async def publish(bootstrap: str, prefix: str, records: Iterable[Outgoing]) -> None:
    """Send all and wait until they are acknowledged; memory stays flat."""
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap,
        acks="all",
        enable_idempotence=True,
        linger_ms=5,
        max_batch_size=512 * 1024,
    )
    await producer.start()
    try:
        for topic, key, value in records:
            await producer.send(prefix + topic.name, key=key, value=value)
        await producer.flush()
    finally:
        await producer.stop()
