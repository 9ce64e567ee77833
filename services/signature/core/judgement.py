"""The verdict on a dossier: its signature, its e-ID assertion, and whether both name the submitter.

Agreement is a step of its own after TOTAL_PASSED: a mismatch rejects, and leaves the indication.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from schemas.intake import SubmittedData
from schemas.parties import Defect
from schemas.signature import (
    Check,
    IdentityFailure,
    SignatureRejected,
    SignatureUndetermined,
    SignatureValidated,
    ValidationReport,
)
from services.signature.core import messages
from services.signature.core.chain import Evidence
from services.signature.core.eid import Asked, EidResult, judge_assertion
from services.signature.core.identity import agrees
from services.signature.core.policy import SignaturePolicy
from services.signature.core.verdict import OK, Findings, digest_of, examine, report

VerdictEvent = SignatureValidated | SignatureRejected | SignatureUndetermined


@dataclass(frozen=True, slots=True)
class Judgement:
    """One attempt at a verdict. `final` is False exactly where evidence is still awaited."""

    event: type[VerdictEvent]
    report: ValidationReport
    defects: tuple[Defect, ...]

    @property
    def final(self) -> bool:
        """Whether no later evidence will be waited for."""
        return not (
            self.event is SignatureUndetermined and self.report.sub_indication == "TRY_LATER"
        )


def _identity(
    findings: Findings, eid: EidResult, data: SubmittedData
) -> tuple[IdentityFailure | None, tuple[Check, ...]]:
    if eid.failure is not None:
        return eid.failure, (Check(block="EID", ok=False, reason=eid.reason),)
    if findings.sub_indication is not None:
        return None, (OK["EID"],)
    assert findings.leaf is not None
    assert eid.account is not None
    if agrees(findings.leaf.certificate.uids, eid.account, data.header.submitter.identifier):
        return None, (OK["EID"], OK["IDENTITY"])
    different = Check(block="IDENTITY", ok=False, reason="NOT_THE_SAME")
    return "IDENTITY_MISMATCH", (OK["EID"], different)


def _defects(findings: Findings, failure: IdentityFailure | None) -> tuple[Defect, ...]:
    sub_indication = findings.sub_indication
    curable = findings.indication == "INDETERMINATE" and failure is None
    found = []
    if sub_indication is not None and sub_indication != "TRY_LATER":
        found.append(messages.signature_defect(sub_indication, curable=curable))
    if failure is not None:
        found.append(messages.identity_defect(failure, curable=False))
    return tuple(found)


def _event_type(findings: Findings, failure: IdentityFailure | None) -> type[VerdictEvent]:
    if findings.indication == "TOTAL_FAILED" or failure is not None:
        return SignatureRejected
    if findings.indication == "TOTAL_PASSED":
        return SignatureValidated
    return SignatureUndetermined


def judge_dossier(
    data: SubmittedData, evidence: Evidence, policy: SignaturePolicy, received_at: datetime
) -> Judgement:
    """The verdict on one dossier version as of its reception; total over any input."""
    findings = examine(data.text, data.signature, evidence, policy, received_at)
    asked = Asked(findings.content_sha256, data.header.submitter.kind, received_at)
    eid = judge_assertion(data.eid_assertion, asked, evidence, policy)
    failure, checks = _identity(findings, eid, data)
    written = report(findings, evidence, policy)
    more: dict[str, object] = {"checks": (*written.checks, *checks)}
    if failure is not None:
        words = messages.IDENTITY[failure]
        more |= {"identity_failure": failure, "message_vi": words.vi, "message_en": words.en}
    if eid.certificate_sha256 is not None:
        pinned = digest_of("EID_CERTIFICATE", eid.certificate_sha256)
        more["evidence"] = (*written.evidence, pinned)
    return Judgement(
        _event_type(findings, failure),
        written.model_copy(update=more),
        _defects(findings, failure),
    )
