"""All four services at once: from the portal's record to the letter, then from decision to book."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from aiokafka import AIOKafkaConsumer

from deploy.local.errors import PlatformError
from deploy.local.services import NAMES, Services, services_running
from schemas import topics
from schemas.content import text_sha256
from services.portal.filing import record
from services.portal.signing import detached_jws
from tests.bench.dossiers import CODE, Dossiers, Outgoing
from tests.bench.measuring import Measured, cpu_seconds, measure
from tests.bench.settlements import decision_number, settlement_text
from tests.bench.surroundings import Bench, Sink, publish

WARM = 200


@dataclass(frozen=True)
class Journey:
    """One phase of `count` dossiers; CPU per service; latencies of letters in seconds, sorted.

    A latency is from the append time of the portal's record to the relay's 250.
    """

    name: str
    count: int
    whole: Measured
    cpu_us: dict[str, float]
    latencies: tuple[float, ...]

    def quantile(self, share: float) -> float:
        """Of the latencies."""
        return self.latencies[min(len(self.latencies) - 1, int(share * len(self.latencies)))]


async def journeys(bench: Bench, count: int) -> list[Journey]:
    """`count` dossiers published at once and waited for; then all of them settled."""
    total = WARM + count
    filed = list(bench.dossiers.filed(total))
    settled = list(_settled(bench.dossiers, total))
    async with bench.prefix() as prefix, bench.sink() as sink:
        env = bench.env(prefix, SMTP_URL=sink.url)
        with services_running(bench.platform, settings=env, names=NAMES) as services:
            phases = _Phases(bench, prefix, sink, services)
            await phases.run("warm", filed[:WARM], 0)
            first = await phases.run("filed", filed[WARM:], WARM)
            await phases.run("warm", settled[:WARM], total)
            second = await phases.run("settled", settled[WARM:], total + WARM)
            await phases.check(total)
    return [first, second]


def _settled(dossiers: Dossiers, count: int) -> Iterator[Outgoing]:
    """The agency's signed decision on each; its people are new each time."""
    for number in range(count):
        code, text = CODE.format(number), dossiers.text(number)
        agency = dossiers.agency(number)
        decision = settlement_text(number, text_sha256(text), agency)
        data = {
            "dossier_code": code,
            "version": 1,
            "decision_number": decision_number(number),
            "content": {"kind": "text", "text": decision},
            "signatures": [detached_jws(decision, dossiers.pki.agency(agency), dossiers.now)],
        }
        value = record("DossierSettled", code, data, discriminator="1").value
        assert value is not None
        yield topics.PORTAL_DOSSIER, code.encode(), value


@dataclass(frozen=True)
class _Phases:
    bench: Bench
    prefix: str
    sink: Sink
    services: Services

    async def run(self, name: str, records: Sequence[Outgoing], before: int) -> Journey:
        """Publish all at once; done when the relay has one more letter for each."""
        count = len(records)

        async def progress() -> int:
            return (await self.sink.sight.taken()).letters - before

        cpu = self._cpu()
        publishing = asyncio.create_task(
            publish(self.bench.platform.bootstrap, self.prefix, records)
        )
        beside = [*self.bench.platform.processes, self.sink.process]
        whole = await measure(self.services.all, progress, warm=0, target=count, beside=beside)
        await publishing
        spent = {one: (after - cpu[one]) / count * 1e6 for one, after in self._cpu().items()}
        return Journey(name, count, whole, spent, await self._latencies(before, count))

    def _cpu(self) -> dict[str, float]:
        return {s.service: cpu_seconds([s]) for s in self.services.all}

    async def _latencies(self, before: int, count: int) -> tuple[float, ...]:
        """Of the letters after the first `before`, as receipt told them."""
        sent: list[tuple[datetime, float]] = []
        while len(sent) < before + count:
            sent = [
                (at, (at - datetime.fromisoformat(event["receivedat"])).total_seconds())
                for event in await self._letters()
                for at in [datetime.fromisoformat(event["data"]["sent_at"])]
            ]
        return tuple(sorted(latency for _, latency in sorted(sent)[before:]))

    async def _letters(self) -> list[dict[str, Any]]:
        name = self.prefix + topics.RECEIPT_LETTER.name
        wanted = await self.bench.offsets.written([name])
        events: list[dict[str, Any]] = []
        consumer = AIOKafkaConsumer(
            name,
            bootstrap_servers=self.bench.platform.bootstrap,
            auto_offset_reset="earliest",
            enable_auto_commit=False,
        )
        await consumer.start()
        try:
            while len(events) < wanted:
                fetched = await consumer.getmany(timeout_ms=500)
                events += [orjson.loads(r.value) for some in fetched.values() for r in some]
        finally:
            await consumer.stop()
        return [event for event in events if event["type"] == "LetterSent"]

    async def check(self, total: int) -> None:
        """Every dossier has its verdict, its completion, and nothing is a dead letter."""
        wanted = {
            topics.INTAKE_DOSSIER: 2 * total,
            topics.SIGNATURE_VERDICT: 2 * total,
            topics.EBOOK_DOSSIER: total,
            **dict.fromkeys(topics.DEAD_LETTERS, 0),
        }
        for topic, expected in wanted.items():
            written = await self.bench.offsets.written([self.prefix + topic.name])
            if written != expected:
                raise PlatformError(
                    f"end to end: {written} records in {topic.name}, not {expected}"
                )
