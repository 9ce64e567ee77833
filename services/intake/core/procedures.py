"""The catalogue of domain §5, all 25 rows; codes of Decision 838 (2024), limits of Law 41/2024.

A rule that changes gets a new entry with its own `valid_from`; entries are never edited.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from schemas.intake import DayType, SettlementLimit
from services.intake.core.catalogue import Catalogue, Procedure, Requirement, Submitter
from services.intake.core.legal import Q366, Q838, d158, law41

IN_FORCE = date(2025, 7, 1)  # Law 41/2024/QH15
I: frozenset[Submitter] = frozenset({"PERSON"})  # noqa: E741  the column heads of domain §5
E: frozenset[Submitter] = frozenset({"ORGANISATION"})
ANYBODY = I | E


def _days(length: int, legal_basis: str, day_type: DayType = "WORKING_DAYS") -> SettlementLimit:
    return SettlementLimit(length=length, day_type=day_type, legal_basis=legal_basis)


def _row(  # noqa: PLR0917  one call per line of the table
    number: int,
    vi: str,
    en: str,
    variants: Sequence[tuple[str, frozenset[Submitter], str]],
    limit: SettlementLimit | None,
    basis: str,
) -> list[Procedure]:
    """One row of the table: each variant is a code, who may use it and what it must hold.

    Components are separated by commas, alternatives by "|".
    """
    return [
        Procedure(
            row=number,
            code=code,
            name_vi=vi,
            name_en=en,
            submitters=who,
            required=tuple(
                Requirement(tuple(part.split("|")), basis) for part in needs.split(",") if part
            ),
            limit=limit,
            legal_basis=basis,
            valid_from=IN_FORCE,
        )
        for code, who, needs in variants
    ]


L29 = law41("29")
PENSION_LIMIT = _days(20, law41("79(3), 107(3)"), "CALENDAR_DAYS_EXCEPT_HOLIDAYS")

# fmt: off
CONTRIBUTIONS = [
    *_row(1, "Đăng ký lần đầu, thay đổi thông tin đơn vị; đóng BHXH, BHYT, BHTN, BHTNLĐ-BNN",
          "First registration of a unit and its workers",
          [("1.002051.03", E, "TK3-TS,D02-LT")], _days(5, law41("28(4)")), law41("27")),
    *_row(2, "Báo tăng, báo giảm, điều chỉnh đóng BHXH, BHYT, BHTN, BHTNLĐ-BNN",
          "Increase, decrease or adjustment of contributions",
          [("1.002051.01", E, "D02-LT")], _days(5, law41("28(4), 29")), law41("28, 29")),
    *_row(3, "Truy đóng BHXH, BHYT, BHTN", "Back payment of contributions",
          [("1.002051.06", E, "D02-LT,BACK_PAYMENT_DECISION")], _days(5, d158("8")), d158("8")),
    *_row(4, "Tạm dừng đóng vào quỹ hưu trí và tử tuất", "Suspension of pension-fund contributions",
          [("1.002051.07", E, "TK3-TS,AUTHORITY_DOCUMENT")], _days(10, d158("10(6)")), d158("10")),
    *_row(5, "Gộp sổ BHXH", "Merging of social insurance books",
          [("1.002051.08", E, "TK1-TS"), ("1.002051.09", I, "TK1-TS")], _days(5, L29), Q366),
    *_row(6, "Truy đóng BHXH đối với người lao động sau khi ở nước ngoài về",
          "Back payment by workers who returned from abroad",
          [("1.002051.04", E, "TK1-TS,LABOUR_CONTRACT"),
           ("1.002051.05", I, "TK1-TS,LABOUR_CONTRACT")],
          _days(5, law41("33(2)")), law41("33")),
    *_row(7, "Đăng ký, đăng ký lại, điều chỉnh đóng BHXH tự nguyện",
          "Registration, renewal or adjustment of voluntary social insurance",
          [("1.002179.01", E, "FORM_D05_TS"), ("1.002179.05", I, "TK1-TS")],
          _days(5, law41("28(4)")), law41("27(3)")),
    *_row(8, "Đóng tiếp BHXH tự nguyện", "Continued voluntary contributions",
          [("1.002179.02", I, "")], None, law41("36")),
]
BOOKS = [
    *_row(9, "Cấp lại sổ BHXH không thay đổi thông tin", "Reissue of the book without a change",
          [("1.002759.03", I, "TK1-TS"), ("1.002759.06", E, "TK1-TS")], _days(5, L29), Q366),
    *_row(10, "Cấp lại sổ BHXH do thay đổi thông tin nhân thân", "Change of identity data",
          [("1.002759.02", E, "TK1-TS,IDENTITY_PROOF"),
           ("1.002759.04", I, "TK1-TS,IDENTITY_PROOF")], _days(5, L29), L29),
]
SHORT_TERM = [
    *_row(11, "Giải quyết hưởng chế độ ốm đau", "Sickness benefit",
          [("1.001667.01", E, "01B-HSB,SICKNESS_CERTIFICATE|DISCHARGE_PAPER")],
          _days(7, law41("48(3)")), law41("47, 48")),
    *_row(12, "Giải quyết hưởng chế độ thai sản của người đang đóng BHXH",
          "Maternity benefit of the employed",
          [("2.000693.01", E, "01B-HSB,BIRTH_CERTIFICATE")],
          _days(7, law41("62(3)")), law41("61, 62")),
    *_row(12, "Giải quyết hưởng chế độ thai sản của người đã thôi việc",
          "Maternity benefit after leaving work",
          [("2.000693.02", I, "BIRTH_CERTIFICATE")], _days(5, law41("62(3)")), law41("61, 62")),
    *_row(13, "Giải quyết hưởng dưỡng sức, phục hồi sức khỏe", "Convalescence benefit",
          [("1.001598.01", E, "01B-HSB")], _days(7, law41("49(2), 63(2)")), law41("49, 63")),
    # The only source of "10 days" is general knowledge of the Law on Occupational Safety.
    *_row(14, "Giải quyết hưởng chế độ tai nạn lao động, bệnh nghề nghiệp lần đầu",
          "First benefit for a labour accident or an occupational disease",
          [("1.001632.01", E, "FORM_05A_HSB"), ("1.001632.02", E, "FORM_05A_HSB"),
           ("1.001632.03", E, "FORM_05A_HSB"), ("1.001632.04", I, "FORM_05A_HSB")], None,
          "Luật ATVSLĐ 84/2015/QH13, Điều 57-59 / Law 84/2015/QH13, Arts 57-59"),
]
LONG_TERM = [
    *_row(15, "Giải quyết hưởng lương hưu đối với người đang đóng BHXH", "Pension of the employed",
          [("2.000605.01", E, "EMPLOYMENT_END_DOCUMENT")], PENSION_LIMIT, law41("77, 79")),
    *_row(15, "Giải quyết hưởng lương hưu đối với người bảo lưu hoặc tham gia BHXH tự nguyện",
          "Pension after a break or of voluntary participants",
          [("2.000605.02", I, "14-HSB")], PENSION_LIMIT, law41("105, 107")),
    *_row(16, "Giải quyết hưởng BHXH một lần", "One-time social insurance",
          [(f"1.001613.{n:02d}", I, "14-HSB") for n in range(1, 8)],
          _days(7, law41("79(3), 107(3)")), law41("78, 79(3), 106, 107")),
    *_row(17, "Giải quyết hưởng chế độ tử tuất", "Death and survivors' benefits",
          [("2.000821.01", E, "DEATH_CERTIFICATE,FORM_09_HSB"),
           ("2.000821.02", I, "DEATH_CERTIFICATE,FORM_09_HSB"),
           ("2.000821.03", I, "DEATH_CERTIFICATE,FORM_09_HSB")],
          _days(10, law41("91(3), 112(2)")), law41("90, 91, 112")),
    *_row(18, "Giải quyết trợ cấp một lần khi ra nước ngoài để định cư", "Allowance on emigration",
          [("2.000755.01", I, "APPLICATION,EMIGRATION_PROOF"),
           ("2.000755.02", I, "APPLICATION,EMIGRATION_PROOF")],
          _days(7, law41("76(5), 115(1)")), law41("76, 115")),
    *_row(19, "Giải quyết hưởng tiếp lương hưu, trợ cấp BHXH hằng tháng", "Resumption of a pension",
          [("2.000809.01", I, "APPLICATION,AUTHORITY_DOCUMENT")],
          _days(10, law41("81(2)")), law41("80, 81")),
    # 2.00740.01 is printed so, with five digits.
    *_row(20, "Chuyển nơi hưởng; thay đổi hình thức nhận lương hưu, trợ cấp BHXH",
          "Change of place or method of payment",
          [("1.001742.01", I, "APPLICATION"), ("2.00740.01", I, "APPLICATION")],
          _days(5, law41("82(2), 115(2)")), law41("82, 115")),
    *_row(21, "Điều chỉnh, hủy quyết định, chấm dứt hưởng chế độ BHXH",
          "Adjustment, cancellation or end of a benefit",
          [("1.001710.01", E, "APPLICATION"), ("1.001710.02", I, "APPLICATION")], None, Q838),
    # Rows 22 and 23 have no published code yet: nothing can be filed under them.
    *_row(22, "Giải quyết trợ cấp hằng tháng cho người không đủ điều kiện hưởng lương hưu",
          "Monthly allowance for those without a pension",
          [("", I, "APPLICATION")], _days(5, law41("24(2)")), law41("23, 24")),
    *_row(23, "Xác nhận thời gian đóng BHXH (đơn vị không còn khả năng đóng)",
          "Confirmation of contribution time",
          [("", I, "TK1-TS|APPLICATION")], _days(15, d158("29(2)")), d158("26-29")),
]
OTHER = [
    *_row(24, "Chi trả trợ cấp thất nghiệp", "Payment of unemployment benefit",
          [("1.001978", I, "UNEMPLOYMENT_DECISION")], None,
          "Luật Việc làm 74/2025/QH15 / Employment Law 74/2025"),
    *_row(25, "Liên thông thủ tục khai sinh, khai tử", "Linked birth and death procedures",
          [("2.000986", ANYBODY, ""), ("1.011027", ANYBODY, "")], None,
          "Nghị định 63/2024/NĐ-CP / Decree 63/2024"),
]
# fmt: on

CATALOGUE = Catalogue.of("2025-07-01", [*CONTRIBUTIONS, *BOOKS, *SHORT_TERM, *LONG_TERM, *OTHER])
"""The catalogue in use."""
