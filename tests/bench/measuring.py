"""What a process did between two marks of progress: how fast, with how much CPU and memory.

Nothing here judges a wall-clock time; two measurements of one run may be compared.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import psutil  # type: ignore[import-untyped]  # it ships no types
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import GroupCoordinatorNotAvailableError, NotCoordinatorForGroupError

from deploy.local.errors import PlatformError
from deploy.local.process import Process

LOOK_SECONDS = 0.03
STALLED_SECONDS = 90.0

Progress = Callable[[], Awaitable[int]]


@dataclass(frozen=True, slots=True)
class Measured:
    """Between the marks. `elsewhere`: cores that processes outside this bench kept busy."""

    count: int
    seconds: float
    cpu_seconds: float
    rss_bytes: int
    elsewhere: float
    parts: Mapping[str, float]
    """CPU seconds of Kafka, MongoDB and the sink meanwhile."""

    @property
    def rate(self) -> float:
        """Per second."""
        return self.count / self.seconds

    @property
    def cpu_us(self) -> float:
        """CPU microseconds of the measured processes for each."""
        return self.cpu_seconds / self.count * 1e6


@dataclass(frozen=True, slots=True)
class Mark:
    """One look at the clock, at our processes and at the machine."""

    done: int
    at: float
    cpu: float
    parts: Mapping[str, float]
    others: float

    @classmethod
    def now(cls, done: int, ours: Sequence[Process], parts: Sequence[Process]) -> Self:
        machine = psutil.cpu_times()
        busy = sum(machine) - machine.idle - machine.iowait - machine.guest - machine.guest_nice
        cpu, beside = cpu_seconds(ours), {part.name: cpu_seconds([part]) for part in parts}
        own = sum(psutil.Process().cpu_times()[:2])
        others = busy - own - cpu - sum(beside.values())
        return cls(done, time.monotonic(), cpu, beside, others)


def cpu_seconds(processes: Sequence[Process]) -> float:
    """User and system time so far."""
    return float(sum(sum(psutil.Process(one.pid).cpu_times()[:2]) for one in processes))


async def measure(
    measured: Sequence[Process],
    progress: Progress,
    *,
    warm: int,
    target: int,
    beside: Sequence[Process] = (),
) -> Measured:
    """From the moment `warm` are done until `target` are; `beside` are the bench's own others."""
    ours = [psutil.Process(process.pid) for process in measured]
    start: Mark | None = None
    rss, last, moved_at = 0, -1, time.monotonic()
    while True:
        done = await progress()
        if done != last:
            last, moved_at = done, time.monotonic()
        require_alive(measured, time.monotonic() - moved_at, f"{done} of {target}")
        if start is None and done >= warm:
            start = Mark.now(done, measured, beside)
        rss = max(rss, sum(process.memory_info().rss for process in ours))
        if start is not None and done >= target:
            return between(start, Mark.now(done, measured, beside), rss)
        await asyncio.sleep(LOOK_SECONDS)


def between(start: Mark, end: Mark, rss: int) -> Measured:
    """The difference of two marks."""
    if end.done == start.done:
        raise PlatformError("the last records came with the first: the warm-up is too long")
    seconds = end.at - start.at
    others = max(0.0, (end.others - start.others) / seconds)
    parts = {name: cpu - start.parts[name] for name, cpu in end.parts.items()}
    return Measured(end.done - start.done, seconds, end.cpu - start.cpu, rss, others, parts)


def require_alive(processes: Sequence[Process], still: float, where: str) -> None:
    """An error with its last words, of a process that has ended or does nothing any more."""
    for process in processes:
        if not process.is_running or still > STALLED_SECONDS:
            raise PlatformError(
                f"{process.name} stands still at {where}; see {process.log}:\n"
                f"{process.last_words()}"
            )


class Offsets:
    """How far topics are written and groups have read."""

    def __init__(self, bootstrap: str) -> None:
        self._admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
        self._consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, metadata_max_age_ms=2_000)
        self._coordinators: dict[str, int] = {}

    async def __aenter__(self) -> Self:
        await self._admin.start()
        await self._consumer.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._consumer.stop()
        await self._admin.close()

    async def committed(self, group: str, topics: Sequence[str]) -> int:
        """Records of the topics that the group has finished."""
        try:
            if group not in self._coordinators:
                self._coordinators[group] = await self._admin.find_coordinator(group)
            offsets = await self._admin.list_consumer_group_offsets(
                group, self._coordinators[group]
            )
        except (GroupCoordinatorNotAvailableError, NotCoordinatorForGroupError):
            return 0  # the first group of a fresh broker
        return sum(
            max(0, committed.offset)
            for place, committed in offsets.items()
            if place.topic in topics
        )

    async def written(self, topics: Sequence[str]) -> int:
        """Records that lie in the topics."""
        await self._consumer.topics()
        places = [
            TopicPartition(topic, number)
            for topic in topics
            for number in self._consumer.partitions_for_topic(topic) or ()
        ]
        return sum((await self._consumer.end_offsets(places)).values())

    async def delete(self, topics: Sequence[str]) -> None:
        """Give the disk back."""
        await self._admin.delete_topics(list(topics))
