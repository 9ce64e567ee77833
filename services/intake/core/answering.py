"""The event that answers a record, built from what was decided; ids as contract §1 derives them."""

from __future__ import annotations

from schemas.content import Settlement
from schemas.envelope import Cause, Event
from schemas.intake import (
    DossierDuplicated,
    DossierRefused,
    DossierSubmitted,
    DuplicatedData,
    RecordUnreadable,
    RefusalReason,
    RefusedData,
    SettlementData,
    SettlementSubmitted,
    SubmittedData,
    UnreadableData,
    WithdrawalData,
    WithdrawalSubmitted,
)
from schemas.parties import Defect
from schemas.portal import (
    DossierFiled,
    DossierSettled,
    DossierSupplemented,
    DossierWithdrawn,
    FiledData,
    PortalStatus,
    SettledData,
)
from services.chassis.records import Record
from services.intake.core import defects
from services.intake.core.admission import Refused, admit
from services.intake.core.decoding import Faulty, Opaque, Readable, Unreadable
from services.intake.core.deduplication import Outcome, Row

Answer = tuple[Event, Outcome]


def cause_of(readable: Readable, record: Record) -> Cause:
    """What the answer copies. The portal's own event id is not among it."""
    traceparent = readable.portal.traceparent
    return Cause(record.origin, record.appended_at, readable.code, traceparent=traceparent)


def answer(readable: Readable, cause: Cause) -> Answer:
    """What the record's own content deserves."""
    match readable.portal:
        case DossierFiled(data=data) | DossierSupplemented(data=data):
            return _filed(readable, data, cause)
        case DossierSettled(data=data):
            return _settled(readable, data, cause)
        case DossierWithdrawn(data=data):
            withdrawal = WithdrawalData(
                dossier_code=readable.code, reason=data.reason, portal_status=PortalStatus.STOPPED
            )
            event = WithdrawalSubmitted.derive(cause, readable.code, (), withdrawal)
            return (event, "SUBMITTED")


def _filed(readable: Readable, data: FiledData, cause: Cause) -> Answer:
    admission = admit(data, readable.text, cause.received_at)
    if isinstance(admission, Refused):
        return (_refused_version(readable, data, cause, admission), admission.reason)
    submitted = SubmittedData(
        dossier_code=readable.code,
        version=data.version,
        replaces=data.replaces,
        content_sha256=readable.digest,
        header=admission.header,
        text=data.content.text,
        signature=data.signatures[0],
        eid_assertion=admission.eid_assertion,
        portal_status=PortalStatus.NEWLY_FILED,
    )
    event = DossierSubmitted.derive(cause, readable.code, (data.version,), submitted)
    return (event, "SUBMITTED")


def _refused_version(
    readable: Readable, data: FiledData, cause: Cause, admission: Refused
) -> DossierRefused:
    out_of_scope = admission.reason == "OUT_OF_SCOPE"  # then code, rows and submitter only
    data_of_refusal = RefusedData(
        dossier_code=readable.code,
        record_type=readable.portal.type,
        version=None if out_of_scope else data.version,
        content_sha256=None if out_of_scope else readable.digest,
        reason=admission.reason,
        defects=admission.defects,
        header=admission.header,
        submitter=admission.submitter,
        managed_rows=admission.managed_rows,
        portal_status=admission.status,
    )
    return DossierRefused.derive(cause, readable.code, (cause.origin,), data_of_refusal)


def _settled(readable: Readable, data: SettledData, cause: Cause) -> Answer:
    match readable.text:
        case Settlement() as settlement:
            if found := _settlement_defects(settlement, data):
                return (refused(readable, cause, "DEFECTS", found), "DEFECTS")
        case Faulty(faults=faults):
            found = defects.capped(defects.of_fault(fault) for fault in faults)
            return (refused(readable, cause, "DEFECTS", found), "DEFECTS")
        case Opaque(reason=reason, faults=faults):
            found = tuple(defects.unreadable(fault) for fault in faults)
            return (refused(readable, cause, reason, found), reason)
        case _:
            raise TypeError("A settlement has a settlement text")
    submitted = SettlementData(
        dossier_code=readable.code,
        version=data.version,
        decision_number=data.decision_number,
        content_sha256=readable.digest,
        agency=settlement.agency,
        text=data.content.text,
        signature=data.signatures[0],
    )
    discriminators = (data.decision_number, readable.digest, data.signatures[0].sha256)
    event = SettlementSubmitted.derive(cause, readable.code, discriminators, submitted)
    return (event, "SUBMITTED")


def _settlement_defects(settlement: Settlement, data: SettledData) -> tuple[Defect, ...]:
    """What ebook could not carry out, although the text has the right shape."""
    found = [
        defects.not_as_sent(name)
        for name in ("version", "decision_number")
        if getattr(data, name) != getattr(settlement, name)
    ]
    seen: set[int] = set()
    for place, row in enumerate(settlement.rows):
        if row.row in seen:
            found.append(defects.row_repeated(place))
        seen.add(row.row)
    return defects.capped(found)


def refused(
    readable: Readable,
    cause: Cause,
    reason: RefusalReason,
    found: tuple[Defect, ...] = (),
) -> DossierRefused:
    """An event and an alert only: no letter, no status, no clock."""
    data = RefusedData(
        dossier_code=readable.code,
        record_type=readable.portal.type,
        version=_version(readable),
        content_sha256=None if isinstance(readable.portal, DossierWithdrawn) else readable.digest,
        reason=reason,
        defects=found,
    )
    return DossierRefused.derive(cause, readable.code, (cause.origin,), data)


def _version(readable: Readable) -> int | None:
    data = readable.portal.data
    return data.version if isinstance(data, (FiledData, SettledData)) else None


def unreadable(record: Record, why: Unreadable) -> RecordUnreadable:
    """Keyed by its origin: nothing of a hostile record is copied."""
    cause = Cause(record.origin, record.appended_at, record.origin)
    data = UnreadableData(reason=why.reason, paths=why.paths, size=why.size)
    return RecordUnreadable.derive(cause, record.origin, (), data)


def beaten(readable: Readable, cause: Cause, winner: Row) -> Event:
    """Another record holds the key: the same content again, or a conflict."""
    if winner.digest != readable.digest:
        return refused(readable, cause, "CONFLICT")
    data = DuplicatedData(
        dossier_code=readable.code,
        record_type=readable.portal.type,
        version=_version(readable),
        content_sha256=readable.digest,
        first_origin=winner.origin,
    )
    return DossierDuplicated.derive(cause, readable.code, (cause.origin,), data)


def repeated(readable: Readable, cause: Cause, own: Row) -> Event:
    """The event that the record was answered with when it won its key."""
    match own.outcome:
        case "UNKNOWN_VERSION" | "UNKNOWN_DOSSIER" | "ALREADY_WITHDRAWN" | "ALREADY_SETTLED":
            return refused(readable, cause, own.outcome)
        case _:
            return answer(readable, cause)[0]
