"""Settlements and changes for tests of ebook: plain values, one clock."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from schemas.content import parse_settlement, text_sha256
from schemas.envelope import Cause, Event
from schemas.signature import AuthenticatedData, SettlementAuthenticated, ValidationReport
from services.chassis.records import Received, Record
from services.ebook.core.aliases import Alias, applied, plan
from services.ebook.core.splitting import AuthenticatedSettlement, claims_of, progress_of, split

KEY = b"a test key that is long enough"
AT = datetime(2026, 11, 23, 1, 2, 3, 456000, tzinfo=UTC)
CODE = "G12.01-20261122-0000001"
ZEROS = "0" * 64

BENEFIT = {
    "kind": "BENEFIT",
    "regime": "ONE_TIME",
    "from_date": "2026-12-01",
    "amount": "84500000",
    "payment": "BANK",
}
CONTRIBUTION = {
    "kind": "CONTRIBUTION",
    "from_month": "2026-01",
    "to_month": "2026-06",
    "unit_code": "TA0123A",
    "unit_name": "Công ty Sao Mai",
    "scheme": "COMPULSORY",
    "salary": "7500000",
    "reason": "INCREASE",
}
UNEMPLOYMENT = {"kind": "UNEMPLOYMENT", "months_contributed": 24, "months_reserved": 12}

E = TypeVar("E")


def renamed(new: str, old: str | None = None) -> dict[str, Any]:
    return {"kind": "IDENTITY", "field": "name", "old": old, "new": new}


def a_row(
    row: int,
    *identifiers: str,
    facts: Sequence[dict[str, Any]] = (BENEFIT,),
    reasons: Sequence[str] = (),
    outcome: str = "GRANTED",
    name: str = "Nguyễn Thị Hạnh",
) -> dict[str, Any]:
    """A row; identifiers as `TYPE|value`."""
    named = [dict(zip(("type", "value"), i.split("|"), strict=True)) for i in identifiers]
    return {
        "row": row,
        "person": {"name": name, "birth_date": "1990-03-08", "sex": "FEMALE", "identifiers": named},
        "outcome": outcome,
        "reasons": list(reasons),
        "facts": list(facts) if outcome == "GRANTED" else [],
    }


def authenticated(
    *rows: dict[str, Any], code: str = CODE, decision: str = "77/QĐ-BHXH"
) -> SettlementAuthenticated:
    text = json.dumps(
        {
            "dossier_code": code,
            "version": 1,
            "content_sha256": ZEROS,
            "decision_number": decision,
            "decided_at": "2026-11-23T09:00:00+07:00",
            "agency": "G12.01",
            "rows": rows,
        },
        ensure_ascii=False,
    )
    report = ValidationReport(
        indication="TOTAL_PASSED",
        content_sha256=text_sha256(text),
        best_signature_time=AT,
        checks=(),
        trust_list_sha256=ZEROS,
        policy="test",
        message_vi="Chữ ký hợp lệ.",
        message_en="The signature is valid.",
    )
    data = AuthenticatedData(
        dossier_code=code,
        version=1,
        decision_number=decision,
        content_sha256=text_sha256(text),
        agency="G12.01",
        text=text,
        report=report,
    )
    cause = Cause("portal.dossier.v1/0/0", AT, code)
    names = (decision, text_sha256(text), ZEROS)
    return SettlementAuthenticated.derive(cause, code, names, data)


def settled(*rows: dict[str, Any], **named: str) -> AuthenticatedSettlement:
    event = authenticated(*rows, **named)
    return AuthenticatedSettlement(event, parse_settlement(event.data.text))


def at(event: E, value: bytes, topic: str, partition: int, offset: int) -> Received[E]:
    stamp = int((AT + timedelta(milliseconds=offset)).timestamp() * 1000)
    return Received(event, Record(topic, partition, offset, b"key", value, stamp, True))  # noqa: FBT003


def received(event: Any, partition: int = 0, offset: int = 0) -> Received[Any]:
    """An event or an authenticated settlement where its topic would have it."""
    if isinstance(event, AuthenticatedSettlement):
        return at(event, event.event.encode(), "signature.verdict.v1", partition, offset)
    return at(event, event.encode(), "ebook.change.v1", partition, offset)


def decided(
    *settlements: AuthenticatedSettlement, known: dict[str, Alias] | None = None
) -> dict[str, Alias]:
    """The aliases once nobody else interferes."""
    view = dict(known or {})
    claims = [claim for one in settlements for claim in claims_of(one)]
    while changes := plan(claims, view, KEY):
        view = applied(view, changes)
    return view


def changes_of(settlement: AuthenticatedSettlement, known: dict[str, Alias]) -> list[Event]:
    cause = settlement.event.as_cause("signature.verdict.v1/0/0")
    return list(split(settlement, known, progress_of(settlement, known, cause)))
