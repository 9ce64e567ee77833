"""What receipt owns: letters and the outcome of the two-hour clock, on `receipt.letter.v1`."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, TypeAdapter

from schemas.envelope import Event, Instant, Model
from schemas.intake import SettlementLimit
from schemas.portal import LetterKind

RecipientRole = Literal["SUBMITTER", "OWNER"]


class Appointment(Model):
    """When the result is due, with the rule and calendar that said so, frozen on the letter."""

    at: Annotated[Instant, Field(description="17:00 in Asia/Ho_Chi_Minh of the due day.")]
    limit: SettlementLimit
    calendar_version: str


class _LetterRef(Model):
    dossier_code: str
    version: int
    letter_id: UUID
    kind: LetterKind
    recipient: RecipientRole
    decision_number: str | None = None


class LetterSentData(_LetterRef):
    """The relay took the letter (250 after DATA). No address, no name."""

    early: Annotated[bool, Field(description="01 sent before the verdict.")] = False
    message_id: str
    relay_reply: str
    sent_at: Instant
    due_at: Annotated[Instant | None, Field(description="Null for the result letter.")] = None
    appointment: Appointment | None = None
    attempts: int
    portal_status: int


class LetterUndeliverableData(_LetterRef):
    reason: Literal["NO_USABLE_ADDRESS", "REFUSED_BY_RELAY"]
    smtp_code: int | None = None
    portal_status: int


class SlaData(Model):
    dossier_code: str
    version: int
    due_at: Instant


class AtRiskData(SlaData):
    """Three quarters of the time are gone."""


class MetData(SlaData):
    met_at: Instant
    letter_id: UUID
    kind: LetterKind


class BreachedData(SlaData):
    """late: no 250 by due. ambiguous: a send was open. undeliverable: no usable address."""

    reason: Literal["late", "ambiguous", "undeliverable"]


class AppointmentRevisedData(Model):
    dossier_code: str
    version: int
    previous: Appointment
    revised: Appointment
    reason: str


class LetterSent(Event):
    type: Literal["LetterSent"] = "LetterSent"
    source: Literal["receipt"] = "receipt"
    data: LetterSentData
    repeats_by = "version, kind, recipient (result: also decision number)"


class LetterUndeliverable(Event):
    type: Literal["LetterUndeliverable"] = "LetterUndeliverable"
    source: Literal["receipt"] = "receipt"
    data: LetterUndeliverableData
    repeats_by = "version, kind, recipient (result: also decision number)"


class SlaAtRisk(Event):
    type: Literal["SlaAtRisk"] = "SlaAtRisk"
    source: Literal["receipt"] = "receipt"
    data: AtRiskData
    repeats_by = "version"


class SlaMet(Event):
    type: Literal["SlaMet"] = "SlaMet"
    source: Literal["receipt"] = "receipt"
    data: MetData
    repeats_by = "version, outcome"


class SlaBreached(Event):
    type: Literal["SlaBreached"] = "SlaBreached"
    source: Literal["receipt"] = "receipt"
    data: BreachedData
    repeats_by = "version, outcome"


class AppointmentRevised(Event):
    type: Literal["AppointmentRevised"] = "AppointmentRevised"
    source: Literal["receipt"] = "receipt"
    data: AppointmentRevisedData
    repeats_by = "version, revised time"


RECEIPT_TYPES = (
    LetterSent,
    LetterUndeliverable,
    SlaAtRisk,
    SlaMet,
    SlaBreached,
    AppointmentRevised,
)
ReceiptEvent = Annotated[
    LetterSent | LetterUndeliverable | SlaAtRisk | SlaMet | SlaBreached | AppointmentRevised,
    Field(discriminator="type"),
]
RECEIPT_EVENT: TypeAdapter[ReceiptEvent] = TypeAdapter(ReceiptEvent)
