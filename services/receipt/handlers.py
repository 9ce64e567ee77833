"""The Kafka edge, and the rounds that time starts: sweep, gauge and sender.

Each is: read, decide purely, write with the guard of what was read; whoever lost a write reads
again. Two replicas therefore fire nothing twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Annotated
from uuid import UUID, uuid4

from pydantic import Field, TypeAdapter

from schemas.ebook import DossierCompleted
from schemas.envelope import Event
from schemas.intake import IntakeEvent
from schemas.signature import SignatureEvent
from services.chassis.reading import decodes
from services.chassis.records import Received
from services.receipt.core import sending, sla
from services.receipt.core.decision import Change, advance, concerns, decide
from services.receipt.core.dossier import Dossier, Lease, Letter
from services.receipt.core.sending import Answer
from services.receipt.deps import Deps

Heard = Annotated[IntakeEvent | SignatureEvent | DossierCompleted, Field(discriminator="type")]
HEARD: TypeAdapter[Heard] = TypeAdapter(Heard)
"""Event types are unique over topics, so one adapter decodes all three."""

decode = decodes(HEARD)
LOOKED_AT_ONCE = 500
MARK_EVERY_SECONDS = 0.05


async def on_dossier_events(batch: Sequence[Received[Event]], deps: Deps) -> list[Event]:
    """Clocks, facts and letters of a batch are stored, with the events that follow in the outbox.

    Nothing is returned to publish: the relay does that. A repeated batch changes nothing.
    """
    told = [(received.event, received.origin) for received in batch if concerns(received.event)]
    codes = sorted({event.subject for event, _ in told})
    while told:
        known = await deps.documents.of_codes(codes)
        changes = decide(told, known, deps.now(), deps.policy)
        if len(await commit(changes, deps)) == len(changes):
            break
    return []


async def commit(changes: Sequence[Change], deps: Deps) -> set[str]:
    """Write them; the ids that were written. What happened is counted by the one who wrote it."""
    saved = await deps.documents.save(changes)
    for change in changes:
        before, after = change.before, change.after
        if after.document_id not in saved:
            continue
        if after.outcome is not None and (before is None or before.outcome is None):
            deps.metrics.decided(after.outcome)
        sent_at = sla.answered_at(after)
        if after.clock and sent_at and not (before and sla.answered_at(before)):
            deps.metrics.answered(after.clock.received_at, sent_at)
    return saved


async def sweep(deps: Deps) -> bool:
    """One look at every clock that is due: at risk, early receipt, breach."""
    now = deps.now()
    found = await deps.documents.to_look_at(now, LOOKED_AT_ONCE)
    looked = [advance(dossier, dossier, now, deps.policy) for dossier in found]
    changes = [change for change in looked if change.after != change.before]
    await commit(changes, deps)
    return len(found) == LOOKED_AT_ONCE and bool(changes)


async def show_oldest(deps: Deps) -> bool:
    """The oldest dossier without an answer, in the store or still on its way through the topics."""
    times = (await deps.documents.waiting_since(), await deps.first_unread())
    deps.metrics.waiting(min((time for time in times if time is not None), default=None))
    return False


@dataclass(frozen=True, slots=True)
class _Reply:
    """What the relay said of one letter; `error` if the letter could not even be written."""

    document_id: str
    letter_id: UUID
    answer: Answer
    error: Exception | None = None


@dataclass(frozen=True, slots=True)
class Sender:
    """Claims letters under a lease, offers them to the relay, marks what the relay said.

    Rounds may run side by side: one claims and marks while another keeps the connections busy.
    """

    deps: Deps
    _claiming: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def round(self) -> bool:
        """Whether there was anything to send. A relay out of reach costs no letter an attempt."""
        lease, claimed = await self._claim()
        sends = {
            asyncio.ensure_future(self._offer(dossier, letter, lease))
            for dossier in claimed.values()
            for letter in sending.held(dossier, lease.token)
        }
        failed: list[Exception] = []
        try:
            while sends:
                done, sends = await asyncio.wait(sends, timeout=MARK_EVERY_SECONDS)
                replies = [task.result() for task in done]
                failed += [reply.error for reply in replies if reply.error is not None]
                await self._mark(replies, claimed, lease.token)
        finally:
            for send in sends:
                send.cancel()
        if failed:
            raise failed[0]
        return bool(claimed)

    async def _claim(self) -> tuple[Lease, dict[str, Dossier]]:
        """The dossiers whose due letters are ours, as stored; earliest deadlines first."""
        deps = self.deps
        async with self._claiming:
            found = await deps.documents.to_send(deps.now(), deps.claims)
            if found:
                await deps.mailer.reach()
            now = deps.now()
            lease = Lease(token=uuid4().hex, until=now + timedelta(seconds=deps.lease_seconds))
            changes = [Change(each, sending.claim(each, now, lease)) for each in found]
            saved = await commit(changes, deps)
        return lease, {
            change.after.document_id: _stored(change)
            for change in changes
            if change.after.document_id in saved
        }

    async def _offer(self, dossier: Dossier, letter: Letter, lease: Lease) -> _Reply:
        deps = self.deps
        try:
            mail = deps.compose(dossier, letter)
        except Exception as error:  # noqa: BLE001  told to the chassis once its neighbours are sent
            deferred = sending.Deferred()
            return _Reply(dossier.document_id, letter.letter_id, deferred, error)
        answer = await deps.mailer.offer(mail, lambda: deps.now() < lease.until)
        return _Reply(dossier.document_id, letter.letter_id, answer)

    async def _mark(self, replies: list[_Reply], known: dict[str, Dossier], token: str) -> None:
        """Store the answers; a dossier that changed meanwhile is read and marked again."""
        deps = self.deps
        while replies:
            now, marked = deps.now(), dict[str, Change]()
            for reply in replies:
                key = reply.document_id
                change = marked.get(key) or Change(known[key], known[key])
                mark = sending.mark(
                    change.after, reply.letter_id, token, reply.answer, now=now, terms=deps.terms
                )
                events = (*change.events, *mark.events)
                marked[key] = Change(change.before, mark.dossier, events)
            changes = [change for change in marked.values() if change.after != change.before]
            saved = await commit(changes, deps)
            known.update({key: _stored(marked[key]) for key in saved})
            lost = {change.after.document_id for change in changes} - saved
            known.update(await deps.documents.of_ids(sorted(lost)) if lost else {})
            replies = [reply for reply in replies if reply.document_id in lost]


def _stored(change: Change) -> Dossier:
    """The document as the write left it."""
    revision = change.before.revision if change.before else 0
    return change.after.model_copy(update={"revision": revision + 1})
