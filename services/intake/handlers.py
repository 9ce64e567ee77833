"""The Kafka edge: one event for every record of the portal."""

from __future__ import annotations

from collections.abc import Sequence

from schemas.envelope import Event
from schemas.intake import DossierRefused
from services.chassis.logs import logger
from services.chassis.records import Received
from services.intake.core.alerts import alert_of
from services.intake.core.decision import decide
from services.intake.core.decoding import Decoded
from services.intake.core.deduplication import wanted
from services.intake.deps import Deps

_log = logger(__name__)


async def on_portal_records(batch: Sequence[Received[Decoded]], deps: Deps) -> list[Event]:
    """Exactly one event per record, in order; a redelivery repeats it byte for byte."""
    while True:
        decisions = decide(batch, await deps.dedupe.load(wanted(batch)))
        # A taken key means that another owner of the partition was faster: its rows are the truth.
        if await deps.dedupe.insert(decisions.rows):
            _warn_of(decisions.events)
            return decisions.events


def _warn_of(events: Sequence[Event]) -> None:
    """One line for each answer that goes to nobody; a redelivery repeats it."""
    for event in events:
        if reason := alert_of(event):
            about = {"kind": event.data.record_type} if isinstance(event, DossierRefused) else {}
            _log.warning(
                "answered without a letter",
                type=event.type,
                reason=reason,
                origin=event.origin,
                dossier_id=event.correlation_id,
                **about,
            )
