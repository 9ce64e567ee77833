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
from deploy.local.platform import Platform, start
from schemas.topics import Topic
from services.portal.pki import LATE, Pki

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """Kafka, MongoDB and SMTP for the whole run, or those that the environment gives.

    Tests that kill a part start their own.
    """
    with start(tmp_path_factory.mktemp("platform")) as started:
        yield started


@dataclass(frozen=True, slots=True)
class MongoAddress:
    """Where the run's MongoDB is."""

    uri: str


@pytest.fixture(scope="session")
def mongodb(platform: Platform) -> MongoAddress:
    """The run's MongoDB, for tests that need nothing else."""
    return MongoAddress(platform.mongodb_uri)


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


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    """The simulator's national PKI; every CRL is in place."""
    made = Pki.create(tmp_path_factory.mktemp("pki"), seed=1)
    made.publish_crl(LATE)
    return made


@pytest.fixture
def namespace(platform: Platform, tmp_path: Path) -> Namespace:
    """A fresh prefix for the topics, groups and databases of one test."""
    unique = f"t{os.getpid()}n{next(_numbers)}"
    return Namespace(platform.bootstrap, platform.mongodb_uri, f"{unique}.", unique, tmp_path)
