"""The Kafka edge: settlements are split into changes per person, changes are folded into books."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from schemas.content import ContentError, parse_settlement
from schemas.ebook import CHANGE_EVENT
from schemas.envelope import Cause, Event
from schemas.signature import SIGNATURE_EVENT, SettlementAuthenticated, SignatureEvent
from services.chassis.errors import PermanentError, TransientError
from services.chassis.reading import decodes
from services.chassis.records import Received, Record, cause_of
from services.ebook.core.aliases import Alias, Claim, applied, plan
from services.ebook.core.book import initial_book
from services.ebook.core.projection import Change, Step, by_person, fold, foldable
from services.ebook.core.splitting import (
    AuthenticatedSettlement,
    claims_of,
    inconsistency,
    progress_of,
    split,
)
from services.ebook.deps import Deps

Verdict = SignatureEvent | AuthenticatedSettlement
Caused = tuple[AuthenticatedSettlement, Cause]

ROWS_AT_ONCE = 1_000
RACES = 20
"""How often a race lost to another writer is run again before the chassis waits and repeats."""

_decode_signature = decodes(SIGNATURE_EVENT)
_decode_change = decodes(CHANGE_EVENT)


def decode_verdict(record: Record) -> Verdict:
    """The verdict; an authenticated settlement together with what its text says."""
    event = _decode_signature(record)
    if not isinstance(event, SettlementAuthenticated):
        return event
    try:
        settlement = parse_settlement(event.data.text)
    except ContentError as error:
        raise PermanentError("UNDECODABLE", f"settlement text: {error}") from None
    if fault := inconsistency(event, settlement):
        raise PermanentError("UNDECODABLE", f"settlement text: {fault}")
    return AuthenticatedSettlement(event, settlement)


def decode_change(record: Record) -> Change:
    """A change that this version can fold."""
    event = _decode_change(record)
    if not foldable(event):
        raise PermanentError("UNSUPPORTED_TYPE", event.type)
    return cast("Change", event)


async def on_verdicts(batch: Sequence[Received[Verdict]], deps: Deps) -> list[Event]:
    """The changes of every authenticated settlement; a redelivery repeats them byte for byte."""
    settled = [
        (received.event, cause_of(Received(received.event.event, received.record)))
        for received in batch
        if isinstance(received.event, AuthenticatedSettlement)
    ]
    events: list[Event] = []
    for part in _parts(settled):
        events += await _split(part, deps)
    return events


async def on_changes(batch: Sequence[Received[Change]], deps: Deps) -> list[Event]:
    """Books folded and rows ticked off; DossierCompleted for every settlement now complete."""
    await _fold_into_books(batch, deps)
    done: dict[str, set[int]] = {}
    for received in batch:
        data = received.event.data
        if data.last:
            done.setdefault(str(data.settlement.settlement_id), set()).add(data.settlement.row)
    if not done:
        return []
    return [one.completed() for one in await deps.settlements.mark_done(done) if one.is_complete]


def _parts(settled: Sequence[Caused]) -> Iterator[list[Caused]]:
    """In order, so that the loop (heartbeats) is never held up for more than a long list takes."""
    part: list[Caused] = []
    rows = 0
    for one in settled:
        part.append(one)
        rows += len(one[0].settlement.rows)
        if rows >= ROWS_AT_ONCE:
            yield part
            part, rows = [], 0
    if part:
        yield part


async def _split(settled: Sequence[Caused], deps: Deps) -> list[Event]:
    known = await _decided([claim for one, _ in settled for claim in claims_of(one)], deps)
    opened = await deps.settlements.open([progress_of(one, known, c) for one, c in settled])
    return [event for one, _ in settled for event in split(one, known, opened[one.id])]


async def _decided(claims: Sequence[Claim], deps: Deps) -> Mapping[str, Alias]:
    """The aliases of all claims, once nothing is left to assign."""
    names = {name for claim in claims for name in claim.names}
    known = await deps.aliases.known(names)
    for _ in range(RACES):
        changes = plan(claims, known, deps.person_key)
        if not changes:
            return known
        if await deps.aliases.change(changes):
            known = applied(known, changes)
        else:
            known = await deps.aliases.known(names)
    raise TransientError("aliases are contested by another writer")


async def _fold_into_books(steps: Sequence[Step], deps: Deps) -> None:
    """Facts first, then the guarded books: a book never says more than the facts do."""
    streams = by_person(steps)
    for _ in range(RACES):
        books = await deps.books.load(streams.keys())
        folded = [fold(books.get(p) or initial_book(p), stream) for p, stream in streams.items()]
        await deps.facts.record([step for one in folded for step in one.fresh])
        if await deps.books.save(folded):
            return
    raise TransientError("books are contested by another writer")
