"""One scenario at one size: fill the topics, measure the service, measure the bare loops."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from aiokafka import AIOKafkaProducer
from pymongo import MongoClient

from deploy.kafka.create_topics import create_topics
from deploy.local.downloads import CHECKOUT
from deploy.local.errors import PlatformError
from deploy.local.platform import Platform
from deploy.local.ports import HOST, accepts, free_port
from deploy.local.process import Process
from deploy.local.services import Service
from schemas.topics import DEAD_LETTERS, TOPICS
from tests.bench.dossiers import Dossiers, Outgoing
from tests.bench.measuring import Measured, Offsets, Progress, measure
from tests.bench.scenarios import Floor, Scenario
from tests.bench.sink import Sight

WARM = 1000
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


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    name: str
    unit: str
    count: int
    service: Measured
    floors: tuple[Measured, ...]
    letter_bytes: int

    @property
    def floor_rate(self) -> float:
        """Of the bare loops, one after the other."""
        return 1 / sum(1 / floor.rate for floor in self.floors)

    @property
    def floor_cpu_us(self) -> float:
        """Of the bare loops together."""
        return sum(floor.cpu_us for floor in self.floors)

    @property
    def ratio(self) -> float:
        """The service's rate, of the floor's."""
        return self.service.rate / self.floor_rate


async def run(bench: Bench, scenario: Scenario, count: int) -> Row:
    """The service, then its floors, over the same records."""
    async with bench.prefix() as prefix, bench.sink() as sink:
        records = scenario.fill(bench.dossiers, WARM + count)
        await publish(bench.platform.bootstrap, prefix, records)
        service = await _service(bench, scenario, prefix, count, sink)
        taken = await sink.sight.taken()
        size = taken.octets // max(1, taken.letters)
        floors = [
            await (
                _smtp(bench, sink, size, count)
                if floor.name == "smtp"
                else _floor(bench, floor, prefix, count)
            )
            for floor in scenario.floors
        ]
    return Row(scenario.name, scenario.unit, count, service, tuple(floors), size)


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


async def _service(
    bench: Bench, scenario: Scenario, prefix: str, count: int, sink: Sink
) -> Measured:
    env = bench.env(prefix, SMTP_URL=sink.url)
    service = Service(scenario.service, env=env, logs=bench.platform.logs)
    offsets = bench.offsets

    async def letters() -> int:
        (topic,) = scenario.outputs
        return await offsets.written([prefix + topic.name]) // 2

    async def group() -> int:
        names = [prefix + topic.name for topic in scenario.reads]
        return await offsets.committed(prefix + scenario.group, names)

    progress = letters if scenario.letters else group
    service.launch()
    try:
        beside = [*bench.platform.processes, sink.process]
        measured = await between_counts(service, progress, count, beside)
        await _check(bench, scenario, prefix, WARM + count)
    finally:
        service.stop()
    return measured


async def _check(bench: Bench, scenario: Scenario, prefix: str, target: int) -> None:
    """Fast and wrong is not fast: every output is there, and no dead letter."""
    wanted = {topic: round(target * share) for topic, share in scenario.outputs.items()}
    for topic, expected in {**wanted, **dict.fromkeys(DEAD_LETTERS, 0)}.items():
        written = await bench.offsets.written([prefix + topic.name])
        if written != expected:
            raise PlatformError(
                f"{scenario.name}: {written} records in {topic.name}, not {expected}"
            )


def _bare(bench: Bench, name: str, env: Mapping[str, str]) -> Process:
    return Process(
        f"bare {name}",
        [sys.executable, "-m", "tests.bench.floors", name],
        log=bench.platform.logs / f"bare-{name}.log",
        is_ready=lambda: True,
        env={**env, "PYTHONPATH": str(CHECKOUT)},
        cwd=CHECKOUT,
        grace_seconds=2,
    )


async def _floor(bench: Bench, floor: Floor, prefix: str, count: int) -> Measured:
    out = f"f{prefix}"
    source = out if floor.chained else prefix
    if floor.writes is not None:
        await create_topics(bench.platform.bootstrap, out, topics=(floor.writes,))
    env = bench.env(source, OUTPUT_PREFIX=out, MONGODB_DATABASE_PREFIX=f"f{prefix.rstrip('.')}")
    names = [source + topic.name for topic in floor.reads]

    async def progress() -> int:
        return floor.per_record * await bench.offsets.committed(f"{source}floor", names)

    process = _bare(bench, floor.name, env)
    process.launch()
    try:
        return await between_counts(process, progress, count, bench.platform.processes)
    finally:
        process.stop()


async def _smtp(bench: Bench, sink: Sink, size: int, count: int) -> Measured:
    process = _bare(bench, "smtp", bench.env("", SMTP_URL=sink.url, MESSAGE_BYTES=str(size)))
    before = (await sink.sight.taken()).letters

    async def progress() -> int:
        return (await sink.sight.taken()).letters - before

    process.launch()
    try:
        beside = [*bench.platform.processes, sink.process]
        return await between_counts(process, progress, count, beside)
    finally:
        process.stop()


async def between_counts(
    process: Process, progress: Progress, count: int, beside: Sequence[Process]
) -> Measured:
    """`count` after the warm-up."""
    return await measure([process], progress, warm=WARM, target=WARM + count, beside=beside)
