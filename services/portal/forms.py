"""The filled forms of Decision 366/QD-BHXH, as the portal's pages would write them (plain JSON).

They are not the models of `schemas/forms.py` on purpose: a simulator must be able to fill in a form
wrongly. That the good ones fit the models is tested.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random
from typing import Any

from services.portal.people import Organisation, Person

JsonForm = dict[str, Any]

POSITIONS = (
    *("Công nhân may, xưởng 2", "Kế toán viên", "Kỹ sư phần mềm", "Lái xe tải", "Thủ kho"),
    *("Trưởng ca sản xuất", "Nhân viên bán hàng", "Thợ hàn bậc 4", "Điều dưỡng", "Bảo vệ"),
)
HOSPITALS = (
    *("Bệnh viện Bạch Mai", "Bệnh viện Chợ Rẫy", "Bệnh viện Trung ương Huế"),
    *("Trung tâm Y tế khu vực Ba Vì", "Bệnh viện Đa khoa tỉnh Quảng Ninh"),
)
BANKS = ("Vietcombank", "BIDV", "Agribank", "VietinBank")
OLD_SALARY = "Mức lương cũ: "
MONTH = "2026-06"
LAST_MONTH = "2026-12"
"""Contribution periods of the simulation run from MONTH to here."""
FIRST_DAY = date(2026, 6, 1)


def tk1(person: Person, *, has_code: bool, adjustment: str = "", papers: str = "") -> JsonForm:
    """TK1-TS; somebody new has no insurance code yet."""
    form: JsonForm = {
        "form": "TK1-TS",
        "name": person.name,
        "sex": person.sex,
        "birth_date": person.birth_date,
        "identity_number": person.personal_id,
        "ethnicity": person.ethnicity,
        "nationality": "Việt Nam",
        "mobile": person.phone,
        "email": person.email,
        "delivery": "ELECTRONIC",
    }
    if has_code:
        form["si_code"] = person.si_code
    if adjustment:
        form |= {"adjustment": adjustment, "papers": papers}
    return form


def tk3(unit: Organisation) -> JsonForm:
    """TK3-TS of a unit that registers for the first time."""
    address = f"{unit.address['street']}, {unit.address['ward']}, {unit.address['province']}"
    return {
        "form": "TK3-TS",
        "unit_code": unit.unit_code,
        "name": unit.name,
        "tax_code": unit.tax_code,
        "head_office": address,
        "contact_address": address,
        "email": unit.email,
        "phone": unit.phone,
        "representative": unit.representative.name,
        "representative_id": unit.representative.personal_id,
        "unit_type": "Doanh nghiệp ngoài nhà nước",
        "method": "MONTHLY",
        "change": "Đăng ký tham gia lần đầu",
    }


def d02_row(number: int, person: Person, chance: Random, *, new: bool) -> JsonForm:
    """One line of D02-LT; every third salary is a coefficient, as in the public sector."""
    coefficient = f"{chance.randint(234, 678) / 100:.2f}"
    row: JsonForm = {
        "number": number,
        "name": person.name,
        "birth_date": person.birth_date,
        "identity_number": person.personal_id,
        "position": chance.choice(POSITIONS),
        "salary": coefficient
        if not chance.randrange(3)
        else str(chance.randint(55, 300) * 100_000),
        "contract_type": chance.choice(("INDEFINITE", "FIXED_TERM")),
        "contract_from": FIRST_DAY.isoformat(),
        "effective_date": FIRST_DAY.isoformat(),
        "from_month": MONTH,
        "change_type": "INCREASE" if new else chance.choice(("INCREASE", "ADJUST")),
    }
    if not new:
        row["si_code"] = person.si_code
    if row["change_type"] == "ADJUST":
        row["note"] = f"{OLD_SALARY}{chance.randint(50, 54) * 100_000}"
    if not chance.randrange(3):
        row |= {"seniority": "5", "other_allowances": str(chance.randint(1, 20) * 100_000)}
    return row


def d02(unit: Organisation, rows: Sequence[JsonForm]) -> JsonForm:
    """D02-LT: the list of a unit."""
    return {
        "form": "D02-LT",
        "unit_code": unit.unit_code,
        "unit_name": unit.name,
        "tax_code": unit.tax_code,
        "address": unit.address["province"],
        "month": MONTH,
        "rows": list(rows),
    }


def sick_row(number: int, person: Person, chance: Random) -> JsonForm:
    """One line of 01B-HSB: some days of sick leave."""
    days = chance.randint(1, 14)
    first = FIRST_DAY + timedelta(days=chance.randrange(14))
    return {
        "number": number,
        "name": person.name,
        "si_code": person.si_code,
        "identity_number": person.personal_id,
        "from_date": first.isoformat(),
        "to_date": (first + timedelta(days=days - 1)).isoformat(),
        "days": days,
        "regime": "SICKNESS",
        "certificate_number": f"GNV-{chance.randrange(10**7):07d}",
        "bank_account": f"{chance.randrange(10**12):012d}",
        "bank": chance.choice(BANKS),
        "note": chance.choice(HOSPITALS),
    }


def hsb01b(unit: Organisation, rows: Sequence[JsonForm]) -> JsonForm:
    """01B-HSB: the list of a unit."""
    return {
        "form": "01B-HSB",
        "unit_code": unit.unit_code,
        "unit_name": unit.name,
        "tax_code": unit.tax_code,
        "month": MONTH,
        "rows": list(rows),
    }


def hsb14(person: Person, chance: Random) -> JsonForm:
    """14-HSB: a person asks for one-time social insurance."""
    return {
        "form": "14-HSB",
        "name": person.name,
        "si_code": person.si_code,
        "identity_number": person.personal_id,
        "birth_date": person.birth_date,
        "address": person.address,
        "phone": person.phone,
        "request": "ONE_TIME",
        "reason": "12_MONTHS_WITHOUT_CONTRIBUTION",
        "payment": "BANK",
        "bank_account": f"{chance.randrange(10**12):012d}",
        "bank": chance.choice(BANKS),
    }
