"""What receipt's tests are made of: events as its inputs carry them, and times around one clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, Literal
from uuid import uuid5

from schemas.ebook import CompletedData, DossierCompleted, RefusedRow
from schemas.envelope import NAMESPACE, Cause, Event
from schemas.intake import (
    Addressee,
    Component,
    DossierHeader,
    DossierRefused,
    DossierSubmitted,
    RefusedData,
    SettlementLimit,
    SubmittedData,
    WithdrawalData,
    WithdrawalSubmitted,
)
from schemas.parties import Defect, Identifier
from schemas.portal import DetachedJws
from schemas.signature import (
    OverturnedData,
    SignatureOverturned,
    SignatureRejected,
    SignatureUndetermined,
    SignatureValidated,
    ValidationReport,
    VerdictData,
)
from services.receipt.app import calendar_of
from services.receipt.core.decision import Change, decide
from services.receipt.core.dossier import Dossier
from services.receipt.core.letter import Policy
from services.receipt.core.sending import Terms
from services.receipt.settings import Settings

CODE = "G09.20-20260609-0092637"
RECEIVED = datetime(2026, 6, 9, 1, 30, tzinfo=UTC)
SLA_SECONDS = 7200
DUE = RECEIVED + timedelta(seconds=SLA_SECONDS)
AT_RISK = RECEIVED + timedelta(seconds=5400)
SOON = RECEIVED + timedelta(seconds=3)
CALENDAR = calendar_of(Settings())
POLICY = Policy(SLA_SECONDS, CALENDAR)
TERMS = Terms("bhxh.example.vn", 5, 300)
FIVE_DAYS = SettlementLimit(
    length=5, day_type="WORKING_DAYS", legal_basis="Luật BHXH 41/2024/QH15, Điều 28(4)"
)
MENDABLE = Defect(
    code="FIELD_INVALID",
    path="forms.0.rows.2.from_month",
    vi="Cột 14 «Từ tháng» phải có dạng năm-tháng, ví dụ 2026-05. Sửa lại rồi ký và nộp bổ sung.",
    en="Column 14, from month, must read year-month, such as 2026-05. Correct, sign, send again.",
    legal_basis="Quyết định 366/QĐ-BHXH, mẫu D02-LT",
    curable=True,
)
FATAL = Defect(
    code="REVOKED",
    path="",
    vi="Chứng thư chữ ký số đã bị thu hồi trước khi nộp hồ sơ.",
    en="The signing certificate was revoked before the dossier was filed.",
    legal_basis="Nghị định 23/2025/NĐ-CP",
    curable=False,
)
_origins = count()


def addressee(
    name: str = "Công ty TNHH Dệt may Hòa Bình",
    email: str | None = "ketoan@hoabinh.example.vn",
    identifier: str = "0101234567",
) -> Addressee:
    return Addressee(
        kind="ORGANISATION",
        name=name,
        identifier=Identifier(type="MST", value=identifier),
        email=email,
    )


OWNER = addressee("Nguyễn Thị Hồng Ánh", "anh@example.vn", "001188000123")


def header(**changes: Any) -> DossierHeader:
    values: dict[str, Any] = {
        "procedure": "1.002051.01",
        "procedure_vi": "Báo tăng, báo giảm, điều chỉnh đóng BHXH, BHYT, BHTN",
        "procedure_en": "Increase, decrease or adjustment of contributions",
        "catalogue_version": "2026-05-01",
        "limit": FIVE_DAYS,
        "agency": "G09.20",
        "submitter": addressee(),
        "components": (
            Component(
                role="D02-LT",
                name_vi="Danh sách lao động tham gia BHXH, BHYT, BHTN (D02-LT)",
                name_en="List of workers taking part (D02-LT)",
                kind="FORM",
                quantity=1,
            ),
            Component(
                role="TK1-TS",
                name_vi="Tờ khai tham gia, điều chỉnh thông tin BHXH, BHYT (TK1-TS)",
                name_en="Declaration to join or adjust social and health insurance (TK1-TS)",
                kind="HELD",
                quantity=3,
            ),
        ),
        "subjects": 12,
        "attachments": 0,
    }
    return DossierHeader(**{**values, **changes})


def cause(received_at: datetime = RECEIVED, topic: str = "portal.dossier.v1") -> Cause:
    return Cause(f"{topic}/0/{next(_origins)}", received_at, CODE)


def submitted(version: int = 1, received_at: datetime = RECEIVED, **changes: Any) -> Event:
    data = SubmittedData(
        dossier_code=CODE,
        version=version,
        content_sha256="0" * 64,
        header=header(**changes),
        text="{}",
        signature=DetachedJws(protected="e30", signature="c2ln"),
        eid_assertion="e30.e30.c2ln",
        portal_status=1,
    )
    return DossierSubmitted.derive(cause(received_at), CODE, (version,), data)


def refused(*defects: Defect, version: int = 1, lettered: bool = True, **changes: Any) -> Event:
    data = RefusedData(
        dossier_code=CODE,
        record_type="DossierFiled",
        version=version,
        reason="DEFECTS",
        defects=defects or (MENDABLE,),
        header=header(**changes) if lettered else None,
    )
    return DossierRefused.derive(cause(), CODE, (f"refused {version}",), data)


def withdrawn() -> Event:
    data = WithdrawalData(dossier_code=CODE, portal_status=7)
    return WithdrawalSubmitted.derive(cause(SOON), CODE, (), data)


def verdict(
    kind: Literal["VALIDATED", "REJECTED", "UNDETERMINED", "TRY_LATER"] = "VALIDATED",
    *,
    version: int = 1,
    attempt: int = 1,
) -> Event:
    kinds: dict[str, Any] = {
        "VALIDATED": (SignatureValidated, "TOTAL_PASSED", None),
        "REJECTED": (SignatureRejected, "TOTAL_FAILED", "SIG_CRYPTO_FAILURE"),
        "UNDETERMINED": (SignatureUndetermined, "INDETERMINATE", "NO_CERTIFICATE_CHAIN_FOUND"),
        "TRY_LATER": (SignatureUndetermined, "INDETERMINATE", "TRY_LATER"),
    }
    event, indication, sub = kinds[kind]
    data = VerdictData(
        dossier_code=CODE,
        version=version,
        attempt=attempt,
        report=_report(indication, sub),
        defects=() if kind == "VALIDATED" else (FATAL,),
    )
    made: Event = event.derive(cause(), CODE, (version, attempt), data)
    return made


def overturned(version: int = 1) -> Event:
    data = OverturnedData(
        dossier_code=CODE,
        version=version,
        overturned_id="x",
        report=_report("INDETERMINATE", "REVOKED_NO_POE"),
        defects=(FATAL,),
    )
    return SignatureOverturned.derive(cause(), CODE, (version, "x"), data)


PENSION = RefusedRow(row=12, reasons=("Đang hưởng lương hưu",))


def completed(
    decision: str = "15/QĐ-BHXH",
    *,
    version: int = 1,
    refused: tuple[RefusedRow, ...] = (PENSION,),
) -> Event:
    data = CompletedData(
        dossier_code=CODE,
        version=version,
        decision_number=decision,
        settlement_id=uuid5(NAMESPACE, decision),
        expected=12,
        done=tuple(range(1, 13 - len(refused))),
        refused=refused,
        portal_status=9,
    )
    at = cause(RECEIVED + timedelta(days=3))
    return DossierCompleted.derive(at, CODE, (decision,), data)


def _report(indication: Any, sub: Any) -> ValidationReport:
    return ValidationReport(
        indication=indication,
        sub_indication=sub,
        content_sha256="0" * 64,
        best_signature_time=RECEIVED,
        checks=(),
        trust_list_sha256="0" * 64,
        policy="hoso-1",
        message_vi="",
        message_en="",
    )


def told(*events: Event) -> list[tuple[Event, str]]:
    """Events with an origin each, the same at every call."""
    return [(event, f"origin/0/{event.id}") for event in events]


def decided(
    *events: Event, at: datetime = SOON, known: dict[str, Dossier] | None = None
) -> dict[str, Change]:
    """The changes that one batch makes, by document id."""
    changes = decide(told(*events), known or {}, at, POLICY)
    return {change.after.document_id: change for change in changes}


def one(*events: Event, at: datetime = SOON, known: Dossier | None = None) -> Change:
    """The change of the only version that a batch concerns."""
    before = {known.document_id: known} if known else None
    (change,) = decided(*events, at=at, known=before).values()
    return change


def kinds(dossier: Dossier) -> list[tuple[str, str]]:
    """Kind and state of every letter."""
    return [(letter.kind, letter.state) for letter in dossier.letters]
