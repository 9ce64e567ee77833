"""One pass over a batch: every record decided in order, each seeing what came before it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from schemas.envelope import Event
from schemas.intake import DossierSubmitted, IntakeEvent, SettlementSubmitted
from schemas.signature import SignatureEvent
from services.chassis.records import Received
from services.signature.core.decisions import Rules, retry, settle, submit
from services.signature.core.dossier import Dossier, Version


@dataclass(frozen=True, slots=True)
class Decision:
    """What to save, what to publish, and which verdicts are new."""

    changed: tuple[Version, ...]
    events: tuple[Event, ...]
    verdicts: tuple[SignatureEvent, ...]


def codes_of(batch: Sequence[Received[IntakeEvent]]) -> tuple[str, ...]:
    """The dossiers that signature has to look up for this batch."""
    concerns = (DossierSubmitted, SettlementSubmitted)
    return tuple({r.event.data.dossier_code: 0 for r in batch if isinstance(r.event, concerns)})


def _decision(
    before: Mapping[str, Dossier], after: Mapping[str, Dossier], events: Iterable[Event]
) -> Decision:
    changed: list[Version] = []
    verdicts: list[SignatureEvent] = []
    for code, dossier in after.items():
        known = before.get(code, Dossier(code)).versions
        for number, version in dossier.versions.items():
            old = known.get(number)
            if version != old:
                changed.append(version)
                verdicts += version.verdicts[len(old.verdicts) if old else 0 :]
    return Decision(tuple(changed), tuple(events), tuple(verdicts))


def decide(
    batch: Sequence[Received[IntakeEvent]], known: Mapping[str, Dossier], rules: Rules
) -> Decision:
    """Events in the order of the batch; records that are not for signature give none."""
    dossiers = dict(known)
    events: list[Event] = []
    for received in batch:
        event = received.event
        if not isinstance(event, DossierSubmitted | SettlementSubmitted):
            continue
        code = event.data.dossier_code
        dossier = dossiers.get(code, Dossier(code))
        if isinstance(event, DossierSubmitted):
            dossiers[code], answers = submit(dossier, event, received.origin, rules)
        else:
            dossiers[code], answers = settle(dossier, event, received.origin, rules)
        events += answers
    return _decision(known, dossiers, events)


def decide_again(
    due: Sequence[tuple[str, int]], known: Mapping[str, Dossier], rules: Rules, now: datetime
) -> Decision:
    """Another look at the versions that are due; nothing is published but through outboxes."""
    dossiers = dict(known)
    for code, number in due:
        dossiers[code] = retry(dossiers.get(code, Dossier(code)), number, rules, now)
    return _decision(known, dossiers, ())
