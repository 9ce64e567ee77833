"""Whether a settlement is the agency's own word on this dossier version (design §4).

What the settlement says and who signed it is judged apart from what the dossier's verdict is,
so that a forged settlement is refused at once and never waits or blocks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from schemas.envelope import Event
from schemas.intake import SettlementData, SettlementSubmitted
from schemas.portal import MAX_TEXT_BYTES
from schemas.signature import (
    AuthenticatedData,
    SettlementAuthenticated,
    SettlementRejected,
    SettlementRejectedData,
    SettlementRejection,
    SignatureValidated,
    ValidationReport,
)
from schemas.strict_json import StrictJsonError, loads
from services.signature.core.chain import Evidence
from services.signature.core.dossier import Dossier, Outcome, Waiting
from services.signature.core.identity import names_agency
from services.signature.core.policy import SignaturePolicy
from services.signature.core.verdict import Findings, examine, report


@dataclass(frozen=True, slots=True)
class Ruling:
    """`waits`: it cannot be decided yet. Otherwise `reason`, None meaning authenticated."""

    waits: bool = False
    reason: SettlementRejection | None = None
    report: ValidationReport | None = None


def _said(text: str) -> dict[str, Any]:
    try:
        return loads(text, max_bytes=MAX_TEXT_BYTES)
    except StrictJsonError:
        return {}


def _signer_fault(findings: Findings, agency: str) -> SettlementRejection | None:
    if findings.indication == "TOTAL_FAILED":
        return "SIGNATURE_INVALID"
    if findings.sub_indication not in {None, "TRY_LATER"}:
        return "SIGNATURE_UNDETERMINED"
    assert findings.chain is not None
    assert findings.leaf is not None
    service = findings.chain.service
    if service is None or service.entry.type != "SPECIALISED":
        return "NOT_AN_AGENCY"
    return None if names_agency(findings.leaf.certificate.uids, agency) else "AGENCY_MISMATCH"


def _text_fault(
    said: dict[str, Any], data: SettlementData, content_sha256: str | None
) -> SettlementRejection | None:
    named = {
        "dossier_code": data.dossier_code,
        "version": data.version,
        "decision_number": data.decision_number,
        "agency": data.agency,
        "content_sha256": content_sha256,
    }
    agrees = all(said.get(name) == value for name, value in named.items())
    return None if agrees else "CONTENT_MISMATCH"


def _dossier_fault(dossier: Dossier, data: SettlementData) -> SettlementRejection | None:
    version = dossier.version(data.version)
    if dossier.is_superseded(data.version):
        return "SUPERSEDED"
    # The event, not the indication: an identity mismatch is TOTAL_PASSED as well.
    if version.open is None and not isinstance(version.last_verdict, SignatureValidated):
        return "DOSSIER_NOT_VALIDATED"
    # The same settlement again does not come here: its stored outcome is its answer.
    authenticated = dossier.has_authenticated(data.decision_number)
    return "DECISION_ALREADY_AUTHENTICATED" if authenticated else None


def rule(
    dossier: Dossier, settlement: Waiting, evidence: Evidence, policy: SignaturePolicy
) -> Ruling:
    """What becomes of this settlement as things stand; total over any input."""
    data = settlement.event.data
    version = dossier.version(data.version)
    if not version.is_submitted:
        return Ruling(reason="UNKNOWN_DOSSIER")
    findings = examine(data.text, data.signature, evidence, policy, settlement.event.received_at)
    written = report(findings, evidence, policy)
    reason = (
        _signer_fault(findings, data.agency)
        or _text_fault(_said(data.text), data, version.content_sha256)
        or _dossier_fault(dossier, data)
    )
    if reason is not None:
        return Ruling(reason=reason, report=written)
    waits = version.open is not None or findings.sub_indication is not None
    return Ruling(waits=waits, report=written)


def outcome(settlement: Waiting, ruling: Ruling) -> Outcome:
    """What is stored of a decided settlement."""
    data = settlement.event.data
    return Outcome(
        decision_number=data.decision_number,
        content_sha256=data.content_sha256,
        signature_sha256=data.signature.sha256,
        cause=settlement.event.as_cause(settlement.origin),
        report=ruling.report,
        reason=ruling.reason,
    )


def event_of(settled: Outcome, submitted: SettlementSubmitted) -> Event:
    """The verdict event of a stored outcome: the same bytes every time."""
    data, cause = submitted.data, settled.cause
    ids = (data.decision_number, data.content_sha256, settled.signature_sha256)
    if settled.reason is None:
        assert settled.report is not None
        authenticated = AuthenticatedData(
            dossier_code=data.dossier_code,
            version=data.version,
            decision_number=data.decision_number,
            content_sha256=data.content_sha256,
            agency=data.agency,
            text=data.text,
            report=settled.report,
        )
        return SettlementAuthenticated.derive(cause, data.dossier_code, ids, authenticated)
    rejected = SettlementRejectedData(
        dossier_code=data.dossier_code,
        version=data.version,
        decision_number=data.decision_number,
        content_sha256=data.content_sha256,
        reason=settled.reason,
        report=settled.report,
    )
    return SettlementRejected.derive(cause, data.dossier_code, ids, rejected)
