"""Fixtures only: one real Kafka and one real MongoDB for the run, a namespace for each test."""

from __future__ import annotations

import asyncio
import itertools
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from deploy.kafka.create_topics import create_topics
from deploy.local import kafka as local_kafka
from deploy.local import mongodb as local_mongodb
from deploy.local.kafka import KafkaServer
from deploy.local.mongodb import MongoServer
from schemas.topics import Topic

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaServer]:
    """One broker for the whole run; tests that kill it start their own."""
    server = local_kafka.start(tmp_path_factory.mktemp("kafka"))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def mongodb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MongoServer]:
    """One MongoDB engine for the whole run."""
    server = local_mongodb.start(tmp_path_factory.mktemp("mongodb"))
    yield server
    server.stop()


@dataclass(frozen=True, slots=True)
class Namespace:
    """What keeps one test apart from all others: a topic and group prefix, a database prefix."""

    bootstrap: str
    mongodb_uri: str
    topic_prefix: str
    database_prefix: str
    directory: Path

    @property
    def env(self) -> dict[str, str]:
        """What a service reads from its environment; short session, so that a kill heals soon."""
        return {
            "KAFKA_BOOTSTRAP_SERVERS": self.bootstrap,
            "MONGODB_URI": self.mongodb_uri,
            "TOPIC_PREFIX": self.topic_prefix,
            "MONGODB_DATABASE_PREFIX": self.database_prefix,
            "SESSION_TIMEOUT_SECONDS": "6",
            "HEARTBEAT_SECONDS": "0.5",
        }

    def create_topics(
        self, *topics: Topic, partitions: int | None = None, dead_letters: bool = True
    ) -> None:
        """These topics (all of the system if none is named) and the dead letters of their readers.

        For synchronous code; a coroutine awaits `create_topics_async`.
        """
        asyncio.run(
            self.create_topics_async(*topics, partitions=partitions, dead_letters=dead_letters)
        )

    async def create_topics_async(
        self, *topics: Topic, partitions: int | None = None, dead_letters: bool = True
    ) -> None:
        """As `create_topics`, from inside a running event loop."""
        if not topics:
            await create_topics(self.bootstrap, self.topic_prefix, partitions)
            return
        letters = [t.dead_letters(g) for t in topics for g in t.readers] if dead_letters else []
        await create_topics(
            self.bootstrap, self.topic_prefix, partitions, topics=(*topics, *letters)
        )


@pytest.fixture
def namespace(kafka: KafkaServer, mongodb: MongoServer, tmp_path: Path) -> Namespace:
    """A fresh prefix for the topics, groups and databases of one test."""
    unique = f"t{os.getpid()}n{next(_numbers)}"
    return Namespace(kafka.bootstrap, mongodb.uri, f"{unique}.", unique, tmp_path)
