"""The Kafka edge: one event for every record of the portal."""

from __future__ import annotations

from collections.abc import Sequence

from schemas.envelope import Event
from services.chassis.records import Received
from services.intake.core.decision import decide
from services.intake.core.decoding import Decoded
from services.intake.core.deduplication import wanted
from services.intake.deps import Deps


async def on_portal_records(batch: Sequence[Received[Decoded]], deps: Deps) -> list[Event]:
    """Exactly one event per record, in order; a redelivery repeats it byte for byte."""
    while True:
        decisions = decide(batch, await deps.dedupe.load(wanted(batch)))
        # A taken key means that another owner of the partition was faster: its rows are the truth.
        if await deps.dedupe.insert(decisions.rows):
            return decisions.events
