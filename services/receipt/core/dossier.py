"""What receipt knows of one dossier version: facts that came, its clock, its letters, its outcome.

Facts are joined, never overwritten by older ones, so that the order of three topics is of no
consequence; letters that nobody has tried to send yet are derived from the facts anew each time.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from schemas.ebook import NotEntered
from schemas.envelope import Cause, Instant, Model
from schemas.intake import DossierHeader
from schemas.parties import Defect
from schemas.portal import LetterKind
from schemas.receipt import Appointment, RecipientRole

LetterState = Literal["pending", "sending", "sent", "undeliverable"]
Outcome = Literal["met", "breached"]
_ONE_ADDRESS = re.compile(r"[!#-'*+\-/-9=?A-Z^-~]+(\.[!#-'*+\-/-9=?A-Z^-~]+)*@[A-Za-z0-9.-]+")
FINISHED: frozenset[LetterState] = frozenset({"sent", "undeliverable"})


class Source(Model):
    """The event that told a fact, as later events quote it."""

    event_id: UUID
    origin: str
    received_at: Instant
    correlation_id: str
    traceparent: str | None = None

    def as_cause(self, causation_id: UUID | None = None) -> Cause:
        """The cause of an event that follows; `causation_id` if another event set it off."""
        return Cause(
            self.origin,
            self.received_at,
            self.correlation_id,
            causation_id or self.event_id,
            self.traceparent,
        )


class Clock(Model):
    """When the two hours began and end; frozen when the clock is armed.

    early_at: when a receipt goes out although no verdict stands.
    """

    received_at: Instant
    at_risk_at: Instant
    due_at: Instant
    early_at: Instant


class Filing(Model):
    """DossierSubmitted, or a DossierRefused that is answered by a letter."""

    source: Source
    header: DossierHeader
    refused: bool = False
    defects: tuple[Defect, ...] = ()


class Verdict(Model):
    """The newest verdict on the signature. TRY_LATER is not final."""

    event_id: UUID
    attempt: int
    indication: Literal["VALIDATED", "REJECTED", "UNDETERMINED", "TRY_LATER"]
    defects: tuple[Defect, ...] = ()

    @property
    def final(self) -> bool:
        """Whether no other attempt follows."""
        return self.indication != "TRY_LATER"


class Overturn(Model):
    """A positive verdict was taken back."""

    event_id: UUID
    defects: tuple[Defect, ...] = ()


class NotEnteredRows(Model):
    """Rows that the agency granted but that no book could take, for one reason."""

    why: NotEntered
    rows: tuple[int, ...]


class Completion(Model):
    """One decision of the agency, carried out for every person of its settlement.

    refused_rows: refused by the agency, for reasons that stand in its decision.
    """

    source: Source
    decision_number: str
    expected: int
    done: int
    refused_rows: tuple[int, ...] = ()
    not_entered: tuple[NotEnteredRows, ...] = ()


class Lease(Model):
    """Who may send a letter, and until when."""

    token: str
    until: Instant


class Letter(Model):
    """One letter to one recipient; what it says is frozen at the first attempt to send it."""

    letter_id: UUID
    kind: LetterKind
    recipient: RecipientRole
    cause_id: UUID
    deadline: Instant
    portal_status: int
    defects: tuple[Defect, ...] = ()
    appointment: Appointment | None = None
    early: bool = False
    after_stop: bool = False
    decision_number: str | None = None
    state: LetterState = "pending"
    lease: Lease | None = None
    attempts: int = 0
    ambiguous: Annotated[bool, Field(description="An attempt may have reached the relay.")] = False
    next_try_at: Instant
    dated_at: Annotated[Instant | None, Field(description="First attempt; the Date header.")] = None
    sent_at: Instant | None = None

    @property
    def untouched(self) -> bool:
        """Whether no relay can have taken it: it may still be changed or dropped."""
        return self.state == "pending" and not self.ambiguous

    @property
    def finished(self) -> bool:
        """Whether nothing more will be done about it."""
        return self.state in FINISHED


class Dossier(Model):
    """One version of a dossier. `revision` guards every write; 0 = not stored yet."""

    code: str
    version: int
    revision: int = 0
    filing: Filing | None = None
    clock: Clock | None = None
    verdict: Verdict | None = None
    overturn: Overturn | None = None
    withdrawal: UUID | None = None
    completions: tuple[Completion, ...] = ()
    early: bool = False
    at_risk: bool = False
    outcome: Outcome | None = None
    letters: tuple[Letter, ...] = ()

    @property
    def document_id(self) -> str:
        """`code/version`."""
        return document_id(self.code, self.version)

    @property
    def open_to_withdrawal(self) -> bool:
        """Whether a withdrawal has something to stop: filed, and not refused for good."""
        filing = self.filing
        return filing is not None and not (filing.refused and not curable(filing.defects))

    def letter(self, letter_id: UUID) -> Letter | None:
        """The letter of that id."""
        return next((letter for letter in self.letters if letter.letter_id == letter_id), None)

    def replacing(self, letter: Letter) -> Dossier:
        """The same dossier with that letter in place of the one of its id."""
        letters = (letter if x.letter_id == letter.letter_id else x for x in self.letters)
        return self.model_copy(update={"letters": tuple(letters)})


def document_id(code: str, version: int) -> str:
    """The `_id` of a version's document."""
    return f"{code}/{version}"


def curable(defects: tuple[Defect, ...]) -> bool:
    """Whether a supplement can mend all of them."""
    return bool(defects) and all(defect.curable for defect in defects)


def usable(email: str | None) -> bool:
    """Whether a message header can name exactly this one address. intake has checked the rest."""
    return email is not None and _ONE_ADDRESS.fullmatch(email) is not None
