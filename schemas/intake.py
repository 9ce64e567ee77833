"""What intake owns: exactly one event id per portal record, on `intake.dossier.v1`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from schemas.envelope import Event, Model, Sha256
from schemas.parties import Address, Defect, Identifier, Party
from schemas.portal import DetachedJws, RecordType

DayType = Literal["WORKING_DAYS", "CALENDAR_DAYS", "CALENDAR_DAYS_EXCEPT_HOLIDAYS", "HOURS"]


class SettlementLimit(Model):
    """The procedure's statutory time limit, frozen at reception with its rule version."""

    length: Annotated[int, Field(ge=1)]
    day_type: DayType
    legal_basis: str


class Component(Model):
    """One row of the component table of Mẫu 01."""

    role: str
    name_vi: str
    name_en: str
    kind: Literal["FORM", "ATTACHMENT", "HELD"]
    quantity: Annotated[int, Field(ge=1)]


class Addressee(Model):
    """Whom a letter may go to; `email` is the one usable address, or null where there is none."""

    kind: Literal["PERSON", "ORGANISATION"]
    name: str
    identifier: Identifier
    email: str | None = None
    phone: str = ""
    address: Address = Address()


class DossierHeader(Model):
    """All that receipt and signature need of a dossier, so that nobody parses its text again."""

    procedure: str
    procedure_vi: str
    procedure_en: str
    catalogue_version: str
    limit: SettlementLimit | None = None
    agency: str
    submitter: Addressee
    owner: Addressee | None = None
    components: tuple[Component, ...]
    subjects: Annotated[int, Field(ge=0, description="People whose books the dossier concerns.")]
    attachments: Annotated[int, Field(ge=0)]


class SubmittedData(Model):
    dossier_code: str
    version: int
    replaces: Sha256 | None = None
    content_sha256: Sha256
    header: DossierHeader
    text: Annotated[str, Field(description="The signed text, byte for byte.")]
    signature: DetachedJws
    eid_assertion: str
    portal_status: int


RefusalReason = Literal[
    "DEFECTS",
    "CONTENT_UNREADABLE",
    "CONTENT_TOO_LARGE",
    "OUT_OF_SCOPE",
    "CONFLICT",
    "UNKNOWN_VERSION",
    "UNKNOWN_DOSSIER",
    "ALREADY_WITHDRAWN",
    "ALREADY_SETTLED",
]


class RefusedData(Model):
    """A refusal. `header` is present exactly when a letter goes out and a clock runs.

    reason DEFECTS carries every defect at once; the others are single facts about the record.
    """

    dossier_code: str
    record_type: RecordType
    version: int | None = None
    content_sha256: Sha256 | None = None
    reason: RefusalReason
    defects: tuple[Defect, ...]
    header: DossierHeader | None = None
    submitter: Party | None = None
    managed_rows: tuple[int, ...] = ()
    portal_status: int | None = None


class DuplicatedData(Model):
    """The same content came before; `first_origin` is where."""

    dossier_code: str
    record_type: RecordType
    version: int | None = None
    content_sha256: Sha256
    first_origin: str


class WithdrawalData(Model):
    dossier_code: str
    reason: str = ""
    portal_status: int


class SettlementData(Model):
    """A readable settlement, not yet authenticated."""

    dossier_code: str
    version: int
    decision_number: str
    content_sha256: Annotated[Sha256, Field(description="SHA-256 of the settlement text.")]
    agency: str
    text: str
    signature: DetachedJws


UnreadableReason = Literal[
    "EMPTY",
    "TOO_LARGE",
    "NOT_UTF8",
    "BOM",
    "NOT_JSON",
    "NOT_AN_OBJECT",
    "TOO_DEEP",
    "DUPLICATE_KEY",
    "NOT_A_NUMBER",
    "FLOAT_NOT_ALLOWED",
    "INTEGER_OUT_OF_RANGE",
    "FORBIDDEN_CHARACTER",
    "LONE_SURROGATE",
    "UNSUPPORTED_TYPE",
    "SCHEMA",
    "KEY_MISMATCH",
]


class UnreadableData(Model):
    """Why a record could not be read, and where it lies; nothing of the record is copied."""

    reason: UnreadableReason
    paths: Annotated[
        tuple[str, ...], Field(description="Field paths that failed, for SCHEMA; names only.")
    ] = ()
    size: int


class DossierSubmitted(Event):
    type: Literal["DossierSubmitted"] = "DossierSubmitted"
    source: Literal["intake"] = "intake"
    data: SubmittedData
    repeats_by = "code, version"


class DossierRefused(Event):
    type: Literal["DossierRefused"] = "DossierRefused"
    source: Literal["intake"] = "intake"
    data: RefusedData
    repeats_by = "origin"


class DossierDuplicated(Event):
    type: Literal["DossierDuplicated"] = "DossierDuplicated"
    source: Literal["intake"] = "intake"
    data: DuplicatedData
    repeats_by = "origin"


class WithdrawalSubmitted(Event):
    type: Literal["WithdrawalSubmitted"] = "WithdrawalSubmitted"
    source: Literal["intake"] = "intake"
    data: WithdrawalData
    repeats_by = "code"


class SettlementSubmitted(Event):
    type: Literal["SettlementSubmitted"] = "SettlementSubmitted"
    source: Literal["intake"] = "intake"
    data: SettlementData
    repeats_by = "code, decision number, text digest, signature digest"


class RecordUnreadable(Event):
    type: Literal["RecordUnreadable"] = "RecordUnreadable"
    source: Literal["intake"] = "intake"
    data: UnreadableData
    repeats_by = "origin"


INTAKE_TYPES = (
    DossierSubmitted,
    DossierRefused,
    DossierDuplicated,
    WithdrawalSubmitted,
    SettlementSubmitted,
    RecordUnreadable,
)
IntakeEvent = Annotated[
    DossierSubmitted
    | DossierRefused
    | DossierDuplicated
    | WithdrawalSubmitted
    | SettlementSubmitted
    | RecordUnreadable,
    Field(discriminator="type"),
]
INTAKE_EVENT: TypeAdapter[IntakeEvent] = TypeAdapter(IntakeEvent)
