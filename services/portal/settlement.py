"""The settlement desk: from a dossier's text to the agency's signed decision, row by row.

Everything follows from the text, so the desk needs no memory of who filed what.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal

from schemas.content import Content, parse_content, text_sha256
from schemas.forms import D02LT, HSB01B, HSB14, TK1TS, D02LTRow, HSB01BRow
from services.portal.filing import FIRST_FILED, Now, PortalMessage, as_text, record
from services.portal.forms import LAST_MONTH, OLD_SALARY
from services.portal.people import si_code_of
from services.portal.signing import Signer, detached_jws, rfc3339

Outcome = Literal["GRANTED", "REFUSED"]
REASONS = (
    "Người lao động đang đóng BHXH bắt buộc tại đơn vị khác.",
    "Thông tin nhân thân không khớp Cơ sở dữ liệu quốc gia về dân cư.",
)
CORRECTED = {"Họ và tên": "name", "Điện thoại": "phone"}
DAILY_ALLOWANCE = 180_000
DAYS = 5


@dataclass(frozen=True, slots=True)
class Settled:
    """A settlement as published."""

    code: str
    version: int
    decision_number: str
    rows: tuple[dict[str, Any], ...] = field(repr=False)
    text: str = field(repr=False)
    message: PortalMessage = field(repr=False)


def settle(
    text: str,
    signer: Signer,
    now: Now,
    *,
    outcomes: Sequence[Outcome] | None = None,
    decision: int = 1,
    days: int = DAYS,
) -> Settled:
    """The decision on the dossier whose text this is, signed; every row granted unless said.

    It names the dossier's agency; that the signer is that agency is the caller's affair. `days`
    after the first filing it was decided.
    """
    content = parse_content(text)
    rows = settlement_rows(content, outcomes)
    number = f"{int(content.dossier_code.rpartition('-')[2])}-{decision}/QĐ-BHXH"
    settlement_text = as_text(
        {
            "dossier_code": content.dossier_code,
            "version": content.version,
            "content_sha256": text_sha256(text),
            "decision_number": number,
            "decided_at": rfc3339(FIRST_FILED + timedelta(days=days * content.version)),
            "agency": content.agency,
            "rows": rows,
        }
    )
    data = {
        "dossier_code": content.dossier_code,
        "version": content.version,
        "decision_number": number,
        "content": {"kind": "text", "text": settlement_text},
        "signatures": [detached_jws(settlement_text, signer, now())],
    }
    digest = text_sha256(settlement_text)
    message = record("DossierSettled", content.dossier_code, data, discriminator=digest)
    return Settled(
        content.dossier_code, content.version, number, tuple(rows), settlement_text, message
    )


def settlement_rows(content: Content, outcomes: Sequence[Outcome] | None) -> list[dict[str, Any]]:
    """One row per book subject, in the order of the dossier's lists."""
    people = _decided(content)
    chosen = outcomes or ["GRANTED"] * len(people)
    if len(chosen) != len(people):
        raise ValueError(f"{len(people)} people need as many outcomes, not {len(chosen)}")
    rows = []
    for number, ((person, facts), outcome) in enumerate(zip(people, chosen, strict=True), start=1):
        row: dict[str, Any] = {"row": number, "person": person, "outcome": outcome}
        if outcome == "GRANTED":
            row["facts"] = facts
        else:
            row["reasons"] = [REASONS[number % len(REASONS)]]
        rows.append(row)
    return rows


Decided = tuple[dict[str, Any], list[dict[str, Any]]]


def _decided(content: Content) -> list[Decided]:
    """Each person of the dossier with the facts that a grant gives."""
    new = {f.identity_number: f for f in content.forms if isinstance(f, TK1TS) and not f.si_code}
    for form in content.forms:
        if isinstance(form, D02LT):
            return [_contribution(form, row, new) for row in form.rows]
        if isinstance(form, HSB01B):
            return [_sick_leave(row) for row in form.rows]
        if isinstance(form, HSB14):
            return [_one_time(form)]
    return [_correction(form) for form in content.forms if isinstance(form, TK1TS)]


def _person(
    name: str, personal_id: str | None, si_code: str | None, **more: str | None
) -> dict[str, Any]:
    """The agency knows the insurance code, or gives one to somebody new."""
    assert personal_id is not None
    identifiers = [
        {"type": "CCCD", "value": personal_id},
        {"type": "SI", "value": si_code or si_code_of(personal_id)},
    ]
    known = {field: value for field, value in more.items() if value is not None}
    return {"name": name, "identifiers": identifiers, **known}


def _contribution(form: D02LT, row: D02LTRow, new: dict[str, TK1TS]) -> Decided:
    declared = new.get(row.identity_number or "")
    facts: list[dict[str, Any]] = []
    if declared:
        facts += [
            {"kind": "IDENTITY", "field": field, "new": value}
            for field, value in (
                ("name", declared.name),
                ("birth_date", declared.birth_date),
                ("sex", declared.sex),
                ("email", declared.email),
            )
        ]
    contribution = {
        "kind": "CONTRIBUTION",
        "from_month": row.from_month,
        "to_month": row.to_month or LAST_MONTH,
        "unit_code": form.unit_code,
        "unit_name": form.unit_name,
        "scheme": "COMPULSORY",
        "position": row.position,
        "salary": row.salary,
        "allowances": row.other_allowances,
        "reason": row.change_type,
    }
    if row.change_type == "ADJUST" and row.note.startswith(OLD_SALARY):
        contribution["old_salary"] = row.note.removeprefix(OLD_SALARY)
    facts.append(contribution)
    if row.number % 3 == 1:
        facts.append({"kind": "UNEMPLOYMENT", "months_contributed": 7, "months_reserved": 0})
    person = _person(row.name, row.identity_number, row.si_code, birth_date=row.birth_date)
    return person, facts


def _sick_leave(row: HSB01BRow) -> Decided:
    benefit = {
        "kind": "BENEFIT",
        "regime": row.regime,
        "from_date": row.from_date,
        "to_date": row.to_date,
        "amount": str(row.days * DAILY_ALLOWANCE),
        "payment": "BANK" if row.bank_account else "EMPLOYER",
    }
    return _person(row.name, row.identity_number, row.si_code), [benefit]


def _one_time(form: HSB14) -> Decided:
    millions = 20 + hashlib.sha256(form.identity_number.encode()).digest()[0]
    benefit = {
        "kind": "BENEFIT",
        "regime": "ONE_TIME",
        "from_date": (FIRST_FILED + timedelta(days=5)).date().isoformat(),
        "amount": str(millions * 1_000_000),
        "payment": form.payment,
    }
    person = _person(form.name, form.identity_number, form.si_code, birth_date=form.birth_date)
    return person, [benefit]


def _correction(form: TK1TS) -> Decided:
    """The change that part B of TK1-TS asks for, written `label: old → new`."""
    label, _, change = form.adjustment.partition(": ")
    old, _, new = change.partition(" → ")
    fact = {"kind": "IDENTITY", "field": CORRECTED[label], "old": old, "new": new}
    person = _person(form.name, form.identity_number, form.si_code, birth_date=form.birth_date)
    return {**person, "sex": form.sex}, [fact]
