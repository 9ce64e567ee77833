"""A service for the chassis' tests: answers each portal record with one RecordUnreadable.

What it does with a record stands in the record: `{"n": 1, "do": "ok"}`. Run with
`python -m tests.services_under_test.echo`.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from faststream import FastStream
from pydantic import BaseModel, ConfigDict

from schemas.envelope import Cause, Event
from schemas.intake import INTAKE_EVENT, RecordUnreadable, UnreadableData
from schemas.topics import INTAKE_DOSSIER, PORTAL_DOSSIER
from services.chassis.app import Service, assemble, run
from services.chassis.errors import PermanentError, TransientError
from services.chassis.mongo import UpdateOne, connect
from services.chassis.outbox import entry, prepare_outbox, relay
from services.chassis.reading import Reads
from services.chassis.records import Received, Record
from services.chassis.settings import Settings as ChassisSettings


class Settings(ChassisSettings):
    echo_pause_seconds: float = 0.0
    """Up to so long between the effect and the return of the handler."""
    echo_healed: Path = Path("/nonexistent")
    """Once this file exists nothing fails any more."""


class Order(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")

    n: int
    do: str = "ok"
    pad: str = ""


def decode(record: Record) -> Order:
    order = Order.model_validate_json(record.value or b"")
    if order.do == "refuse to decode":
        raise PermanentError("UNSUPPORTED_TYPE", "type")
    return order


def answer(received: Received[Order], size: int = 0) -> RecordUnreadable:
    record = received.record
    cause = Cause(received.origin, record.appended_at, received.origin)
    data = UnreadableData(reason="SCHEMA", paths=("x" * size,), size=received.event.n)
    key = (record.key or b"none").decode()
    return RecordUnreadable.derive(cause, key, (received.origin,), data)


class Echo:
    """Stores that it saw a record, then answers."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.database = connect(settings.mongodb_uri)[f"{settings.mongodb_database_prefix}_intake"]
        self.pauses = random.Random()

    async def prepare(self) -> None:
        await prepare_outbox(self.database["boxes"])

    async def on_orders(self, batch: Sequence[Received[Order]]) -> list[Event]:
        events: list[Event] = []
        effects = []
        healed = self.settings.echo_healed.exists()
        for received in batch:
            do = "ok" if healed else received.event.do
            fail(do)
            event = answer(received, 8 * 1024 * 1024 if do == "answer hugely" else 0)
            if do == "outbox":
                effects.append(boxed(event))
            elif do == "answer often":
                events += [event] * 12_000
            else:
                events.append(event)
        if effects:
            await self.database["boxes"].bulk_write(effects)
        if self.settings.echo_pause_seconds:
            await asyncio.sleep(self.pauses.uniform(0, self.settings.echo_pause_seconds))
        return events


def fail(do: str) -> None:
    if do == "explode":
        raise ValueError("Nguyễn Văn Bí Mật")
    if do == "cancel":
        raise asyncio.CancelledError
    if do == "refuse":
        raise PermanentError("UNSUPPORTED_TYPE")
    if do == "wait":
        raise TransientError("store away")
    if do == "exit":
        raise SystemExit(3)


def boxed(event: RecordUnreadable) -> Any:
    push = {"$push": {"outbox": entry(event)}}
    return UpdateOne({"_id": event.subject}, push, upsert=True)


def create_app(settings: Settings | None = None) -> FastStream:
    settings = settings or Settings()
    echo = Echo(settings)
    reads = Reads((PORTAL_DOSSIER,), "intake", decode, echo.on_orders, (INTAKE_DOSSIER,))
    service = Service(
        "intake",
        echo.database,
        (reads,),
        relays=(relay(echo.database["boxes"], INTAKE_EVENT),),
        prepare=echo.prepare,
    )
    return assemble(settings, service)


if __name__ == "__main__":
    run(create_app)
