"""One answer per portal record, in order: the whole of what intake does, as values.

An answer depends on the record and on rows of records before it, never on what came later.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from schemas.envelope import Event
from schemas.portal import FiledData
from services.chassis.records import Received, Record
from services.intake.core.answering import answer, beaten, cause_of, refused, repeated, unreadable
from services.intake.core.decoding import Decoded, Readable, Unreadable
from services.intake.core.deduplication import Row, by_dossier, key_of, row_of
from services.intake.core.sequencing import out_of_sequence


@dataclass(slots=True)
class Decisions:
    """The events that answer a batch, and the rows that must be stored before they go out."""

    events: list[Event] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)


def decide(batch: Sequence[Received[Decoded]], rows: Iterable[Row]) -> Decisions:
    """Exactly one event per record; `rows` are all stored rows that `wanted(batch)` names."""
    known = by_dossier(rows)
    decisions = Decisions()
    for received in batch:
        if isinstance(received.event, Unreadable):
            decisions.events.append(unreadable(received.record, received.event))
            continue
        dossier = known.setdefault(received.event.code, {})
        event, row = _decide_one(received.record, received.event, dossier)
        decisions.events.append(event)
        if row is not None:
            decisions.rows.append(row)
            dossier[row.key] = row
    return decisions


def _decide_one(
    record: Record, readable: Readable, dossier: dict[str, Row]
) -> tuple[Event, Row | None]:
    """The answer, and the row that the record leaves if it is the first with its key."""
    cause = cause_of(readable, record)
    winner = dossier.get(key_of(readable))
    if winner is not None and winner.origin == cause.origin:
        return repeated(readable, cause, winner), None
    if winner is not None and winner.precedes(record):
        return beaten(readable, cause, winner), None
    reason = out_of_sequence(readable.portal, [r for r in dossier.values() if r.precedes(record)])
    if reason is None and winner is not None:
        return beaten(readable, cause, winner), None
    if reason is None:
        event, outcome = answer(readable, cause)
        return event, row_of(readable, cause.origin, outcome)
    # A version number is used up by the first record that carries it. A withdrawal or settlement
    # that came out of turn takes no key: the dossier may still become known and be settled.
    takes_key = winner is None and isinstance(readable.portal.data, FiledData)
    row = row_of(readable, cause.origin, reason) if takes_key else None
    return refused(readable, cause, reason), row
