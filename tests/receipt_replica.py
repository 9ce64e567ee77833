"""One replica of receipt on a real MongoDB and a misbehaving relay, under a clock of its own."""

from __future__ import annotations

import itertools
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from prometheus_client import CollectorRegistry

from schemas.envelope import Event
from schemas.receipt import RECEIPT_EVENT
from services.chassis.mongo import connect
from services.chassis.records import Received, Record
from services.receipt import handlers
from services.receipt.adapters.letters import LetterRenderer, Office
from services.receipt.adapters.mongo_documents import MongoDocuments
from services.receipt.adapters.smtp import Relay, SmtpMailer
from services.receipt.core.dossier import Dossier
from services.receipt.core.sending import Answer
from services.receipt.deps import Deps
from services.receipt.metrics import receipt_metrics
from services.receipt.ports import Mail
from tests.receipt_builders import CODE, POLICY, SOON, TERMS
from tests.smtp_faults import FaultyRelay

_numbers = itertools.count(1)
_offsets = itertools.count(1)
ID = f"{CODE}/1"


@dataclass
class ManualClock:
    """Stands still until it is told."""

    at: datetime = SOON

    def now(self) -> datetime:
        return self.at


@dataclass
class Replica:
    """One replica of receipt with what a test watches."""

    deps: Deps
    documents: MongoDocuments
    clock: ManualClock
    relay: FaultyRelay
    registry: CollectorRegistry

    @property
    def sender(self) -> handlers.Sender:
        return handlers.Sender(self.deps)

    async def hear(self, *events: Event) -> None:
        batch = [Received(event, _record()) for event in events]
        assert await handlers.on_dossier_events(batch, self.deps) == []

    async def dossier(self) -> Dossier:
        return (await self.documents.of_ids([ID]))[ID]

    async def outbox(self) -> list[Event]:
        stored = await self.documents.collection.find_one({"_id": ID})
        return [RECEIPT_EVENT.validate_json(item["event"]) for item in stored["outbox"]]

    async def told(self) -> list[str]:
        return [event.type for event in await self.outbox()]

    async def send_until(self, at: datetime) -> None:
        """Rounds at that time until nothing is to be sent."""
        self.clock.at = at
        while await self.sender.round():
            pass

    def counted(self, result: str) -> float | None:
        return self.registry.get_sample_value("dossier_receipt_sla_total", {"result": result})


def _record() -> Record:
    return Record(
        topic="intake.dossier.v1",
        partition=0,
        offset=next(_offsets),
        key=CODE.encode(),
        value=b"",
        timestamp_ms=0,
        log_append_time=True,
    )


@asynccontextmanager
async def replica(mongodb_uri: str) -> AsyncIterator[Replica]:
    """One replica on a database of its own, which goes with it."""
    client = connect(mongodb_uri)
    name = f"sender{os.getpid()}n{next(_numbers)}_receipt"
    documents, clock, registry = MongoDocuments(client[name]), ManualClock(), CollectorRegistry()
    await documents.prepare()
    with FaultyRelay() as relay:
        mailer = SmtpMailer(
            Relay("127.0.0.1", relay.port, "kn@bhxh.example.vn", 1.5, 3, "bhxh.example.vn"), clock
        )

        async def nothing_unread() -> datetime | None:
            return None

        deps = Deps(
            documents=documents,
            mailer=mailer,
            compose=LetterRenderer(Office("kn@bhxh.example.vn", "BHXH", "bhxh.example.vn")),
            first_unread=nothing_unread,
            clock=clock,
            policy=POLICY,
            terms=TERMS,
            metrics=receipt_metrics(registry),
            lease_seconds=60,
            claims=24,
        )
        yield Replica(deps, documents, clock, relay, registry)
        await mailer.close()
    await client.drop_database(name)
    client.close()


class PausedMailer:
    """A mailer whose process stands still between the relay's answer and the mark."""

    def __init__(self, inner: SmtpMailer, meanwhile: Callable[[], None]) -> None:
        self._inner = inner
        self._meanwhile = meanwhile

    async def reach(self) -> None:
        await self._inner.reach()

    async def offer(self, mail: Mail, may_send: Callable[[], bool]) -> Answer:
        answer = await self._inner.offer(mail, may_send)
        self._meanwhile()
        return answer


def paused(office: Replica, meanwhile: Callable[[], None]) -> handlers.Sender:
    inner = office.deps.mailer
    assert isinstance(inner, SmtpMailer)
    return handlers.Sender(replace(office.deps, mailer=PausedMailer(inner, meanwhile)))
