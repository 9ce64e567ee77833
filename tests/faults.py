"""Faults under load: a steady stream of records and a seeded plan of kills to survive."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaTimeoutError

from deploy.local.process import Process
from deploy.local.services import NAMES, Service
from services.portal.filing import PortalMessage
from tests.publish import PORTAL
from tests.system import System

POINTS = {
    "after_publish_before_commit": "intake",
    "after_store_before_publish": "signature",
    "after_smtp_accept_before_mark": "receipt",
    "after_facts_before_book": "ebook",
}
_instances = count(1)


@dataclass
class Load:
    """How many records were acknowledged so far."""

    published: int = 0
    stopping: bool = False


@asynccontextmanager
async def load(
    bootstrap: str, prefix: str, messages: Iterator[PortalMessage], per_second: float
) -> AsyncIterator[Load]:
    """Publish steadily, through broker outages too; at the exit all that was sent is there."""
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap,
        acks="all",
        enable_idempotence=True,
        request_timeout_ms=10_000,
        max_batch_size=512 * 1024,
    )
    await producer.start()
    state = Load()

    async def send() -> None:
        waiting = []
        while not state.stopping:
            message = next(messages)
            waiting.append(await _enqueued(producer, prefix + PORTAL, message))
            state.published += 1
            await asyncio.sleep(1 / per_second)
        await asyncio.gather(*waiting)

    try:
        async with asyncio.TaskGroup() as group:  # a load that fails ends the test
            group.create_task(send())
            yield state
            state.stopping = True
    finally:
        await producer.stop()


async def _enqueued(producer: Any, topic: str, message: PortalMessage) -> Awaitable[Any]:
    """The record's acknowledgement; a time-out here means not enqueued: call again."""
    while True:
        try:
            future: Awaitable[Any] = await producer.send(
                topic, key=message.key, value=message.value
            )
        except KafkaTimeoutError:
            continue
        return future


@dataclass
class Saboteur:
    """Carries out a plan and remembers when which process was down."""

    system: System
    chance: random.Random
    struck: list[tuple[str, float]] = field(default_factory=list)

    async def plan(self, kills: int, parts: int) -> None:
        """`kills` random kills and crash points of each service, `parts` of Kafka and MongoDB."""
        actions = [*NAMES, *POINTS] * kills + ["kafka", "mongodb"] * parts
        self.chance.shuffle(actions)
        for number, action in enumerate(actions, 1):
            await asyncio.sleep(self.chance.uniform(0.2, 2))
            print(f"{number}/{len(actions)} {action}", flush=True)  # noqa: T201 - a long test talks
            if action in POINTS:
                await self._at_point(action)
            elif action in NAMES:
                self._strike(action, self.system.services[action])
            else:
                await self._part(action)

    def _strike(self, name: str, process: Process) -> None:
        if process.is_running:
            process.kill()
            self.struck.append((name, time.time()))

    async def _part(self, name: str) -> None:
        part: Process | None = getattr(self.system.platform, name)
        assert part is not None, "kill tests start their own parts"
        self._strike(name, part)
        await asyncio.sleep(self.chance.uniform(0.5, 3))
        await asyncio.to_thread(part.restart)

    async def _at_point(self, point: str) -> None:
        """Replace the service by one that dies at the point, wait for its death, bring it back."""
        name = POINTS[point]
        service = self.system.services[name]
        await asyncio.to_thread(service.stop)
        deadly = Service(
            name,
            env={
                **self.system.env,
                "CRASH_SERVICE": name,
                "CRASH_AT": point,
                "CRASH_AFTER": str(self.chance.randrange(5)),
            },
            logs=self.system.platform.logs,
            instance=f"{name}-{point}-{next(_instances)}",
            module="tests.crashing",
        )
        deadly.launch()
        try:
            async with asyncio.timeout(60):
                while deadly.is_running:
                    await asyncio.sleep(0.1)
            assert deadly.exit_code == -9, f"{point} was not reached: {deadly.last_words()}"
            self.struck.append((name, time.time()))
        finally:
            deadly.stop()
            service.launch()
