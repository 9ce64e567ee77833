"""The whole system under test: the session's Kafka, MongoDB and SMTP, and the four services as
processes with names of their own, so that tests do not meet."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from pymongo import MongoClient

from deploy.local.platform import Platform
from deploy.local.services import NAMES, Services, services_running
from schemas.topics import DEAD_LETTERS, TOPICS
from tests.watch import Watch, watching

ALL_TOPICS = tuple(topic.name for topic in (*TOPICS, *DEAD_LETTERS))


@dataclass
class System:
    """Running services and what can be seen of them from outside."""

    platform: Platform
    services: Services
    env: Mapping[str, str]
    prefix: str
    database_prefix: str
    watch: Watch
    mongo: MongoClient[dict[str, Any]]

    def database(self, service: str) -> Any:
        """A service's database, read with bare pymongo."""
        return self.mongo[f"{self.database_prefix}_{service}"]

    def logs(self) -> str:
        """Everything that the services have logged."""
        return "".join(service.log.read_text(errors="replace") for service in self.services.all)


@asynccontextmanager
async def running(
    platform: Platform,
    *,
    name: str,
    settings: Mapping[str, str],
    prefix: str | None = None,
    services: Sequence[str] = NAMES,
) -> AsyncIterator[System]:
    """The services on topics and databases called after `name` (or on `prefix`, even empty)."""
    prefix = f"{name}." if prefix is None else prefix
    env = {
        "TOPIC_PREFIX": prefix,
        "MONGODB_DATABASE_PREFIX": name,
        "SESSION_TIMEOUT_SECONDS": "6",
        "HEARTBEAT_SECONDS": "0.5",
        "PERSON_ID_KEY": "a-test-key-that-is-long-enough-for-the-hmac",
        **settings,
    }
    with (
        services_running(platform, settings=env, names=services) as started,
        MongoClient[dict[str, Any]](platform.mongodb_uri, tz_aware=True) as mongo,
    ):
        async with watching(platform.bootstrap, prefix, ALL_TOPICS) as watch:
            yield System(platform, started, {**platform.env, **env}, prefix, name, watch, mongo)
