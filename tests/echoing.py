"""The chassis' test service as a process, what is sent to it and what came back."""

from __future__ import annotations

import asyncio
import itertools
import json
import sys
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Protocol

from aiokafka import AIOKafkaProducer

from deploy.local.services import Service
from schemas.topics import INTAKE_DOSSIER, PORTAL_DOSSIER
from tests.watch import Seen, Watch, watching

IN = PORTAL_DOSSIER.name
OUT = INTAKE_DOSSIER.name
DLT = PORTAL_DOSSIER.dead_letters("intake").name


class Space(Protocol):
    """What is needed of conftest's namespace."""

    @property
    def bootstrap(self) -> str: ...

    @property
    def topic_prefix(self) -> str: ...

    @property
    def directory(self) -> Path: ...

    @property
    def env(self) -> dict[str, str]: ...

    async def create_topics_async(self, *topics: Any, partitions: int | None = None) -> None: ...


def echo(
    space: Space,
    instance: str = "echo",
    module: str = "tests.services_under_test.echo",
    **settings: object,
) -> Service:
    """The service, not launched."""
    env = space.env | {
        "RETRY_WAIT_SECONDS": "0.05",
        "RETRY_WAIT_MAX_SECONDS": "0.2",
        "UNEXPECTED_ATTEMPTS": "2",
        "ECHO_HEALED": str(space.directory / "healed"),
    }
    env |= {name.upper(): str(value) for name, value in settings.items()}
    return Service(
        "intake",
        env=env,
        logs=space.directory / "logs",
        instance=instance,
        module=module,
    )


async def ready(service: Service) -> None:
    """Launched and ready, without blocking the event loop."""
    service.launch()
    await asyncio.to_thread(service.wait_ready)


async def last_line(space: Space, **env: str) -> tuple[int, str]:
    """Exit code and the only line on standard error of a service that cannot start."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.services_under_test.echo",
        env=space.env | env,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    _, output = await asyncio.wait_for(process.communicate(), 60)
    [line] = output.decode().strip().splitlines()
    return process.returncode or 0, line


class Sender:
    """Puts records on the portal's topic; `sent` says what it acknowledged where."""

    def __init__(self, producer: AIOKafkaProducer, topic: str) -> None:
        self._producer = producer
        self._topic = topic
        self._numbers = itertools.count()
        self.sent: dict[str, str] = {}
        """Origin to key."""

    async def orders(self, does: Iterable[str], key: str) -> list[str]:
        """One record each, in order, under one key; their origins."""
        values = [json.dumps({"n": next(self._numbers), "do": do}).encode() for do in does]
        return await self.raw([(key.encode(), value, ()) for value in values])

    async def raw(
        self, records: Sequence[tuple[bytes | None, bytes | None, Sequence[Any]]]
    ) -> list[str]:
        """These records (key, value, headers); records without a key go to partition 0."""
        futures = [
            await self._producer.send(
                self._topic, value, key, partition=0 if key is None else None, headers=headers
            )
            for key, value, headers in records
        ]
        placed = await asyncio.gather(*futures)
        origins = [f"{at.topic}/{at.partition}/{at.offset}" for at in placed]
        for origin, (key, _, _) in zip(origins, records, strict=True):
            self.sent[origin] = (key or b"").decode("utf-8", "replace")
        return origins

    async def stream(self, seconds: float, keys: int = 20, per_second: int = 200) -> None:
        """A steady load of good records."""
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        while loop.time() < until:
            for _ in range(per_second // 20):
                number = next(self._numbers)
                value = json.dumps({"n": number}).encode()
                await self.raw([(f"k{number % keys}".encode(), value, ())])
            await asyncio.sleep(0.05)


@asynccontextmanager
async def stage(space: Space, partitions: int = 3) -> AsyncIterator[tuple[Sender, Watch]]:
    """Topics, a sender and a watch on all topics."""
    await space.create_topics_async(PORTAL_DOSSIER, INTAKE_DOSSIER, partitions=partitions)
    producer = AIOKafkaProducer(
        bootstrap_servers=space.bootstrap, acks="all", max_request_size=9 * 1024 * 1024
    )
    await producer.start()
    try:
        async with watching(space.bootstrap, space.topic_prefix, [IN, OUT, DLT]) as watch:
            yield Sender(producer, space.topic_prefix + IN), watch
    finally:
        await producer.stop()


def answers(watch: Watch) -> list[Seen]:
    """The events that came back."""
    return watch.of(OUT)


def answered(watch: Watch) -> set[str]:
    """The origins that have an answer."""
    return {seen.event["origin"] for seen in answers(watch)}


def set_aside(watch: Watch) -> dict[str, str]:
    """Origin to the newest reason on the dead-letter topic; redriven ones are gone."""
    found: dict[str, str] = {}
    for seen in watch.of(DLT):
        if seen.type == "RecordDeadLettered":
            found[seen.event["subject"]] = seen.data["reason"]
        else:
            found.pop(seen.event["subject"], None)
    return found


def first_order_per_key(watch: Watch) -> dict[str, list[int]]:
    """Per key, the input offsets in the order in which their first answers stand in the topic."""
    seen_origins: set[str] = set()
    order: dict[str, list[int]] = defaultdict(list)
    for seen in answers(watch):
        origin = seen.event["origin"]
        if origin not in seen_origins:
            seen_origins.add(origin)
            order[seen.event["subject"]].append(int(origin.rsplit("/", 1)[1]))
    return dict(order)
