"""An authenticated settlement becomes changes per person: pure, and equal at every redelivery."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from schemas.content import (
    BenefitFact,
    ContributionFact,
    Fact,
    IdentityFact,
    Settlement,
    SettlementRow,
    UnemploymentFact,
    text_sha256,
)
from schemas.ebook import (
    ALIAS_CONFLICT,
    NO_PERSON_IDENTIFIER,
    AliasAssigned,
    AliasData,
    BenefitData,
    BenefitRecorded,
    ContributionData,
    ContributionRecorded,
    IdentityData,
    IdentityRecorded,
    RefusedRow,
    SettlementRecorded,
    SettlementRecordedData,
    SettlementRef,
    UnemploymentData,
    UnemploymentRecorded,
)
from schemas.envelope import Cause, Event
from schemas.signature import SettlementAuthenticated
from services.ebook.core.aliases import Alias, Claim, assigned_by, person_of
from services.ebook.core.completion import SettlementProgress
from services.ebook.core.identity import person_identifiers

_RECORDED: dict[type[Any], tuple[type[Event], type[Any]]] = {
    IdentityFact: (IdentityRecorded, IdentityData),
    ContributionFact: (ContributionRecorded, ContributionData),
    BenefitFact: (BenefitRecorded, BenefitData),
    UnemploymentFact: (UnemploymentRecorded, UnemploymentData),
}


@dataclass(frozen=True)
class AuthenticatedSettlement:
    """The event and the settlement that its text says. Row numbers are unique (`inconsistency`)."""

    event: SettlementAuthenticated
    settlement: Settlement

    @cached_property
    def id(self) -> str:
        return str(self.event.id)

    @cached_property
    def claims(self) -> Mapping[int, Claim]:
        """By row, what each granted row asks of the aliases; some name nobody."""
        return {
            row.row: Claim(self.id, row.row, person_identifiers(row.person.identifiers))
            for row in self.settlement.rows
            if row.outcome == "GRANTED"
        }


def inconsistency(event: SettlementAuthenticated, settlement: Settlement) -> str | None:
    """Why this event cannot carry this settlement, as a code and a field; None if it can."""
    data = event.data
    for name in ("dossier_code", "version", "decision_number", "agency"):
        if getattr(data, name) != getattr(settlement, name):
            return f"MISMATCH {name}"
    if event.subject != settlement.dossier_code:
        return "MISMATCH subject"
    if len({row.row for row in settlement.rows}) < len(settlement.rows):
        return "REPEATED rows.row"
    return None


def claims_of(settled: AuthenticatedSettlement) -> list[Claim]:
    """What the granted rows ask of the aliases; rows refused by the agency ask nothing."""
    return [claim for claim in settled.claims.values() if claim.identifiers]


def _refusal(
    settled: AuthenticatedSettlement, row: SettlementRow, known: Mapping[str, Alias]
) -> tuple[str, ...] | None:
    """Why the row changes no book; None where it does."""
    if row.outcome == "REFUSED":
        return tuple(row.reasons)
    claim = settled.claims[row.row]
    if not claim.identifiers:
        return (NO_PERSON_IDENTIFIER,)
    if person_of(claim, known) is None:
        return (ALIAS_CONFLICT,)
    return None


def progress_of(
    settled: AuthenticatedSettlement, known: Mapping[str, Alias], cause: Cause
) -> SettlementProgress:
    """The settlement at its start: what is expected and what is refused already."""
    data = settled.event.data
    refusals = [(row.row, _refusal(settled, row, known)) for row in settled.settlement.rows]
    return SettlementProgress(
        settlement_id=settled.id,
        dossier_code=data.dossier_code,
        version=data.version,
        decision_number=data.decision_number,
        text_sha256=text_sha256(data.text),
        expected=len(refusals),
        refused=tuple(
            RefusedRow(row=row, reasons=reasons) for row, reasons in refusals if reasons is not None
        ),
        cause=cause,
    )


def split(
    settled: AuthenticatedSettlement, known: Mapping[str, Alias], progress: SettlementProgress
) -> Iterator[Event]:
    """The changes of every row, in order; DossierCompleted where no row yields one.

    Per granted row: the aliases it assigned, the facts in the agency's order, SettlementRecorded.
    """
    refused = {row.row for row in progress.refused}
    for row in settled.settlement.rows:
        if row.outcome == "GRANTED":
            yield from _changes(settled, row, known, progress.cause, granted=row.row not in refused)
    if progress.has_no_changes:
        yield progress.completed()


def _changes(
    settled: AuthenticatedSettlement,
    row: SettlementRow,
    known: Mapping[str, Alias],
    cause: Cause,
    *,
    granted: bool,
) -> Iterator[Event]:
    claim = settled.claims[row.row]
    ref = _reference(settled, row)
    # A refused row has an alias only where another row came to rely on it during a race: it is
    # told all the same, so that the books can be rebuilt from the changes.
    for place, identifier, person in assigned_by(claim, known):
        yield AliasAssigned.derive(
            cause,
            person,
            (settled.id, row.row, place),
            AliasData(person_id=person, settlement=ref, ordinal=place, identifier=identifier),
        )
    person_id = person_of(claim, known) if granted else None
    if person_id is not None:
        yield from _facts(person_id, settled.id, ref, row.facts, cause)
        yield SettlementRecorded.derive(
            cause,
            person_id,
            (settled.id, row.row, 0),
            SettlementRecordedData(
                person_id=person_id,
                settlement=ref,
                last=True,
                name=_newest_name(row),
                birth_date=row.person.birth_date,
                sex=row.person.sex,
                reasons=tuple(row.reasons),
            ),
        )


def _facts(
    person_id: str, settlement_id: str, ref: SettlementRef, facts: list[Fact], cause: Cause
) -> Iterator[Event]:
    ordinals: Counter[str] = Counter()
    for fact in facts:
        event, data = _RECORDED[type(fact)]
        ordinal = ordinals[fact.kind]
        ordinals[fact.kind] += 1
        yield event.derive(
            cause,
            person_id,
            (settlement_id, ref.row, ordinal),
            data(person_id=person_id, settlement=ref, ordinal=ordinal, fact=fact),
        )


def _reference(settled: AuthenticatedSettlement, row: SettlementRow) -> SettlementRef:
    data = settled.event.data
    return SettlementRef(
        settlement_id=settled.event.id,
        dossier_code=data.dossier_code,
        version=data.version,
        decision_number=data.decision_number,
        agency=data.agency,
        row=row.row,
    )


def _newest_name(row: SettlementRow) -> str:
    names = [f.new for f in row.facts if isinstance(f, IdentityFact) and f.field == "name"]
    return names[-1] if names and names[-1] else row.person.name
