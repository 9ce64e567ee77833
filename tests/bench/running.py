"""One scenario at one size: fill the topics, measure the service, measure the bare loops."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from deploy.kafka.create_topics import create_topics
from deploy.local.downloads import CHECKOUT
from deploy.local.errors import PlatformError
from deploy.local.process import Process
from deploy.local.services import Service
from schemas import topics
from schemas.topics import DEAD_LETTERS
from tests.bench.measuring import Measured, Progress, measure
from tests.bench.scenarios import Floor, Scenario
from tests.bench.surroundings import Bench, Sink, publish

WARM = 1000
OUTBOX_SECONDS = 30.0
"""What receipt has decided leaves its outboxes after the letter."""


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


async def run(bench: Bench, scenario: Scenario, count: int) -> list[Row]:
    """The service, then its floors, over the same records; two rows where `whole` is given."""
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
            for floor in (*scenario.floors, *scenario.whole)
        ]
    some = tuple(floors[: len(scenario.floors)])
    rows = [Row(scenario.name, scenario.unit, count, service, some, size)]
    if scenario.whole:
        name = f"{scenario.name}, all its I/O"
        rows.append(Row(name, scenario.unit, count, service, tuple(floors), size))
    return rows


async def forward(bench: Bench, count: int) -> Measured:
    """A bare loop that validates envelopes and writes them again."""
    async with bench.prefix() as prefix:
        records = bench.dossiers.filed(WARM + count, signed=False)
        await publish(bench.platform.bootstrap, prefix, records)
        loop = Floor("forward", (topics.PORTAL_DOSSIER,), topics.INTAKE_DOSSIER)
        return await _floor(bench, loop, prefix, count)


async def _service(
    bench: Bench, scenario: Scenario, prefix: str, count: int, sink: Sink
) -> Measured:
    env, module = bench.env(prefix, SMTP_URL=sink.url), None
    if bench.profiles is not None:
        env["BENCH_SERVICE"], module = scenario.service, "tests.bench.profiled"
        env["BENCH_PROFILE"] = str(bench.profiles / f"{scenario.name}-{count}.prof")
    service = Service(scenario.service, env=env, logs=bench.platform.logs, module=module)
    offsets = bench.offsets

    async def letters() -> int:
        return (await sink.sight.taken()).letters

    async def group() -> int:
        names = [prefix + topic.name for topic in scenario.reads]
        read = await offsets.committed(prefix + scenario.group, names)
        return int(read * scenario.per_record)

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
    """Fast and wrong is not fast: every output is there in the end, and no dead letter."""
    wanted = {topic: round(target * share) for topic, share in scenario.outputs.items()}
    for topic, expected in {**wanted, **dict.fromkeys(DEAD_LETTERS, 0)}.items():
        deadline = time.monotonic() + OUTBOX_SECONDS
        while (written := await bench.offsets.written([prefix + topic.name])) != expected:
            if written > expected or time.monotonic() > deadline:
                raise PlatformError(
                    f"{scenario.name}: {written} records in {topic.name}, not {expected}"
                )
            await asyncio.sleep(0.2)


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
        read = await bench.offsets.committed(f"{source}floor", names)
        return int(read * floor.per_record)

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
