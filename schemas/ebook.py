"""What ebook owns: changes per person, sealed books, and the completion of dossiers."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, TypeAdapter

from schemas.content import BenefitFact, ContributionFact, IdentityFact, UnemploymentFact
from schemas.envelope import Event, Instant, Model
from schemas.forms import BirthDate, Sex
from schemas.parties import Identifier


class SettlementRef(Model):
    """Which row of which settlement a change comes from."""

    settlement_id: Annotated[UUID, Field(description="Id of SettlementAuthenticated.")]
    dossier_code: str
    version: int
    decision_number: str
    agency: str
    row: int


class ChangeData(Model):
    """Common to all changes. `last` marks the change that completes its row when folded."""

    person_id: str
    settlement: SettlementRef
    ordinal: int = 0
    last: bool = False


class AliasData(ChangeData):
    identifier: Identifier


class IdentityData(ChangeData):
    fact: IdentityFact


class ContributionData(ChangeData):
    fact: ContributionFact


class BenefitData(ChangeData):
    fact: BenefitFact


class UnemploymentData(ChangeData):
    fact: UnemploymentFact


class SettlementRecordedData(ChangeData):
    """The person's row was granted; the newest name known, so that every book has one."""

    name: str
    birth_date: BirthDate | None = None
    sex: Sex | None = None
    reasons: tuple[str, ...] = ()


class MergedAwayData(ChangeData):
    into_person_id: str
    fact_ids: tuple[UUID, ...]


class MergedInData(ChangeData):
    from_person_id: str
    fact_ids: tuple[UUID, ...]


class ContestedData(ChangeData):
    contested_ids: tuple[UUID, ...]


class BookSealedData(Model):
    person_id: str
    content_sha256: str
    sealed_at: Instant
    seal: str


NotEntered = Literal["ALIAS_CONFLICT", "NO_PERSON_IDENTIFIER"]
"""Why a granted row changes no book; as the only reason of its RefusedRow, in place of words."""
ALIAS_CONFLICT: NotEntered = "ALIAS_CONFLICT"
NO_PERSON_IDENTIFIER: NotEntered = "NO_PERSON_IDENTIFIER"


class RefusedRow(Model):
    row: int
    reasons: tuple[str, ...]


class CompletedData(Model):
    """Every person of the settlement is done or refused: expected = len(done) + len(refused)."""

    dossier_code: str
    version: int
    decision_number: str
    settlement_id: UUID
    expected: int
    done: tuple[int, ...]
    refused: tuple[RefusedRow, ...]
    portal_status: int


class _Change(Event):
    source: Literal["ebook"] = "ebook"
    repeats_by = "settlement, row, kind of fact, ordinal"


class AliasAssigned(_Change):
    type: Literal["AliasAssigned"] = "AliasAssigned"
    data: AliasData


class IdentityRecorded(_Change):
    type: Literal["IdentityRecorded"] = "IdentityRecorded"
    data: IdentityData


class ContributionRecorded(_Change):
    type: Literal["ContributionRecorded"] = "ContributionRecorded"
    data: ContributionData


class BenefitRecorded(_Change):
    type: Literal["BenefitRecorded"] = "BenefitRecorded"
    data: BenefitData


class UnemploymentRecorded(_Change):
    type: Literal["UnemploymentRecorded"] = "UnemploymentRecorded"
    data: UnemploymentData


class SettlementRecorded(_Change):
    """Always the last change of a granted row."""

    type: Literal["SettlementRecorded"] = "SettlementRecorded"
    data: SettlementRecordedData


class MergedAway(_Change):
    type: Literal["MergedAway"] = "MergedAway"
    data: MergedAwayData


class MergedIn(_Change):
    type: Literal["MergedIn"] = "MergedIn"
    data: MergedInData


class EntryContested(_Change):
    type: Literal["EntryContested"] = "EntryContested"
    data: ContestedData


class BookSealed(Event):
    type: Literal["BookSealed"] = "BookSealed"
    source: Literal["ebook"] = "ebook"
    data: BookSealedData
    repeats_by = "content digest"


class DossierCompleted(Event):
    type: Literal["DossierCompleted"] = "DossierCompleted"
    source: Literal["ebook"] = "ebook"
    data: CompletedData
    repeats_by = "code, decision number, text digest"


CHANGE_TYPES = (
    AliasAssigned,
    IdentityRecorded,
    ContributionRecorded,
    BenefitRecorded,
    UnemploymentRecorded,
    SettlementRecorded,
    MergedAway,
    MergedIn,
    EntryContested,
)
ChangeEvent = Annotated[
    AliasAssigned
    | IdentityRecorded
    | ContributionRecorded
    | BenefitRecorded
    | UnemploymentRecorded
    | SettlementRecorded
    | MergedAway
    | MergedIn
    | EntryContested,
    Field(discriminator="type"),
]
CHANGE_EVENT: TypeAdapter[ChangeEvent] = TypeAdapter(ChangeEvent)
COMPLETION_EVENT: TypeAdapter[DossierCompleted] = TypeAdapter(DossierCompleted)
