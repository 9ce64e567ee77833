"""Which letters the facts of a dossier version call for, to whom, and what each of them says.

Letters that a relay may have taken are kept as they are; all others are derived from the facts
anew, so that a letter's set and content follow from what is known, not from when it became known.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from schemas.envelope import Event, derive_id
from schemas.intake import Addressee
from schemas.parties import Defect
from schemas.portal import LetterKind, PortalStatus, status_of_letter
from schemas.receipt import Appointment, LetterUndeliverable, LetterUndeliverableData, RecipientRole
from services.receipt.core.appointment import appointment
from services.receipt.core.calendar import Calendar
from services.receipt.core.dossier import (
    Clock,
    Completion,
    Dossier,
    Filing,
    Letter,
    Source,
    curable,
    usable,
)


@dataclass(frozen=True, slots=True)
class Policy:
    """What an operator sets: the length of the clock, and the calendar of appointments."""

    sla_seconds: float
    calendar: Calendar


@dataclass(frozen=True, slots=True)
class Call:
    """A kind of letter that the facts call for, and the event that called."""

    kind: LetterKind
    cause_id: UUID
    defects: tuple[Defect, ...] = ()
    early: bool = False
    completion: Completion | None = None


def letter_id(
    dossier: Dossier, kind: LetterKind, recipient: RecipientRole, decision_number: str | None
) -> UUID:
    """Derived, so that a repeated decision repeats it (contract §1)."""
    decision = () if decision_number is None else (decision_number,)
    return derive_id("Letter", dossier.code, dossier.version, kind, recipient, *decision)


def recipients(filing: Filing) -> dict[RecipientRole, Addressee]:
    """The submitter always; the owner where it is another person who can be reached."""
    submitter, owner = filing.header.submitter, filing.header.owner
    found: dict[RecipientRole, Addressee] = {"SUBMITTER": submitter}
    if owner is not None and usable(owner.email) and owner.identifier != submitter.identifier:
        found["OWNER"] = owner
    return found


def write_letters(dossier: Dossier, policy: Policy) -> tuple[Dossier, tuple[Event, ...]]:
    """The dossier with the letters it calls for, and a notice for each that nobody can receive."""
    filing, clock = dossier.filing, dossier.clock
    if filing is None or clock is None:
        return dossier, ()
    kept = tuple(letter for letter in dossier.letters if not letter.untouched)
    tried = {letter.letter_id: letter for letter in dossier.letters}
    done = {letter.letter_id for letter in kept}
    letters, events = list(kept), list[Event]()
    desk = _Desk(dossier, filing, clock, kept, policy)
    for call in calls(dossier, filing):
        for role, addressee in recipients(filing).items():
            decision = call.completion.decision_number if call.completion else None
            if letter_id(dossier, call.kind, role, decision) in done:
                continue
            letter = desk.letter(call, role)
            if not usable(addressee.email):
                letter = letter.model_copy(update={"state": "undeliverable"})
                events.append(undeliverable(dossier, letter, None, letter.next_try_at))
            letters.append(_with_attempts(letter, tried.get(letter.letter_id)))
    if tuple(letters) == dossier.letters:
        return dossier, ()
    return dossier.model_copy(update={"letters": tuple(letters)}), tuple(events)


def calls(dossier: Dossier, filing: Filing) -> Iterator[Call]:
    """The table of design §5: what is known, and the kinds of letters that follow."""
    yield from _first_answer(dossier, filing)
    if dossier.withdrawal is not None and dossier.open_to_withdrawal:
        yield Call("05", dossier.withdrawal)
    if dossier.verdict is not None and dossier.verdict.indication == "VALIDATED":
        for done in dossier.completions:
            yield Call("RESULT", done.source.event_id, completion=done)


def _first_answer(dossier: Dossier, filing: Filing) -> Iterator[Call]:
    verdict, overturn = dossier.verdict, dossier.overturn
    stopped = dossier.withdrawal is not None
    if filing.refused:
        kind: LetterKind = "02" if curable(filing.defects) else "03"
        yield Call(kind, filing.source.event_id, filing.defects)
    elif overturn is not None:
        yield Call("03", overturn.event_id, overturn.defects)
    elif verdict is not None and verdict.indication == "REJECTED":
        yield Call("03", verdict.event_id, verdict.defects)
    elif verdict is not None and verdict.indication == "UNDETERMINED":
        yield Call("02", verdict.event_id, verdict.defects)
    elif verdict is not None and verdict.indication == "VALIDATED" and not stopped:
        yield Call("01", verdict.event_id)
    elif dossier.early and not stopped:
        yield Call("01", filing.source.event_id, early=True)


@dataclass(frozen=True, slots=True)
class _Desk:
    """What a letter is written from. `kept`: letters that a relay may have taken."""

    dossier: Dossier
    filing: Filing
    clock: Clock
    kept: tuple[Letter, ...]
    policy: Policy

    def letter(self, call: Call, role: RecipientRole) -> Letter:
        """An untouched letter, derived from the facts alone."""
        done = call.completion
        decision = done.decision_number if done else None
        ready = done.source.received_at if done else self.clock.received_at
        due = ready + timedelta(seconds=self.policy.sla_seconds) if done else self.clock.due_at
        return Letter(
            letter_id=letter_id(self.dossier, call.kind, role, decision),
            kind=call.kind,
            recipient=role,
            cause_id=call.cause_id,
            deadline=due,
            portal_status=int(_status(self.dossier, call.kind, self.kept)),
            defects=call.defects,
            appointment=self._appointment(call),
            early=call.early,
            after_stop=call.kind in ("02", "03") and _stands(self.kept, "05"),
            decision_number=decision,
            next_try_at=ready,
        )

    def _appointment(self, call: Call) -> Appointment | None:
        limit = self.filing.header.limit
        if call.kind != "01" or limit is None:
            return None
        return appointment(limit, self.clock.received_at, self.policy.calendar)


def _status(dossier: Dossier, kind: LetterKind, kept: tuple[Letter, ...]) -> PortalStatus:
    """A letter that comes after a stop never takes the portal's status back."""
    stopped = _stands(kept, "05")
    if kind == "02" and stopped:
        return PortalStatus.STOPPED
    refused = dossier.filing is not None and dossier.filing.refused
    overturned = dossier.overturn is not None and not refused
    after_receipt = stopped or overturned or _stands(kept, "01")
    return status_of_letter(kind, after_receipt=after_receipt)


def _stands(kept: tuple[Letter, ...], kind: LetterKind) -> bool:
    return any(letter.kind == kind for letter in kept)


def _with_attempts(letter: Letter, tried: Letter | None) -> Letter:
    if tried is None:
        return letter
    return letter.model_copy(
        update={
            "attempts": tried.attempts,
            "next_try_at": tried.next_try_at,
            "dated_at": tried.dated_at,
        }
    )


def source_of(dossier: Dossier, letter: Letter) -> Source:
    """The record that a letter's events name as `origin`: what armed the clock.

    A result letter has no clock: its record is the completion's.
    """
    assert dossier.filing is not None
    for done in dossier.completions:
        if letter.kind == "RESULT" and done.decision_number == letter.decision_number:
            return done.source
    return dossier.filing.source


def discriminators(letter: Letter, version: int) -> tuple[str | int, ...]:
    """What the ids of a letter's events are derived from (contract §1)."""
    decision = () if letter.decision_number is None else (letter.decision_number,)
    return (version, letter.kind, letter.recipient, *decision)


def undeliverable(
    dossier: Dossier, letter: Letter, smtp_code: int | None, time: datetime
) -> LetterUndeliverable:
    """The notice that the portal shows in the letter's place."""
    data = LetterUndeliverableData(
        dossier_code=dossier.code,
        version=dossier.version,
        letter_id=letter.letter_id,
        kind=letter.kind,
        recipient=letter.recipient,
        decision_number=letter.decision_number,
        reason="NO_USABLE_ADDRESS" if smtp_code is None else "REFUSED_BY_RELAY",
        smtp_code=smtp_code,
        portal_status=letter.portal_status,
    )
    cause = source_of(dossier, letter).as_cause(letter.cause_id)
    names = discriminators(letter, dossier.version)
    return LetterUndeliverable.derive(cause, dossier.code, names, data, time=time)
