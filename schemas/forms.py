"""The forms of the four families, field by field, as Decision 366/QD-BHXH (2026) prints them.

Field numbers of the printed form stand in each description. Amounts (VND) and coefficients travel
as strings. A form without a model here is an attachment with that role.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from schemas.parties import Address, Line, Name, Note, Written

SiCode = Annotated[str, StringConstraints(pattern=r"^[0-9]{10}$")]
PersonalId = Annotated[str, StringConstraints(pattern=r"^[0-9]{12}$")]
IdentityNumber = Annotated[str, StringConstraints(pattern=r"^([0-9]{12}|[A-Z][0-9A-Z]{5,14})$")]
"""12-digit personal ID, or a passport number."""
TaxCode = Annotated[str, StringConstraints(pattern=r"^[0-9]{10}(-[0-9]{3})?$|^[0-9]{12}$")]
BirthDate = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?$"),
]
"""Full, month and year, or year only."""
Day = Annotated[
    str, StringConstraints(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$")
]
Month = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$")]
Amount = Annotated[str, StringConstraints(pattern=r"^(0|[1-9][0-9]{0,14})$")]
"""Whole VND."""
SalaryOrCoefficient = Annotated[
    str, StringConstraints(pattern=r"^(0|[1-9][0-9]{0,14})(\.[0-9]{1,4})?$")
]
Percentage = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,3}(\.[0-9]{1,2})?$")]
UnitCode = Annotated[str, StringConstraints(min_length=4, max_length=20, pattern=r"^[0-9A-Z.-]+$")]
Sex = Literal["MALE", "FEMALE"]
Delivery = Literal["ELECTRONIC", "PAPER"]


class TK1TS(Written):
    """TK1-TS: a person's declaration to join or to adjust social and health insurance."""

    form: Literal["TK1-TS"]
    si_code: Annotated[SiCode | None, Field(description="Mã số BHXH, if there is one.")] = None
    name: Annotated[Name, Field(description="[01] Họ và tên")]
    sex: Annotated[Sex, Field(description="[02] Giới tính")]
    birth_date: Annotated[BirthDate, Field(description="[03] Ngày, tháng, năm sinh")]
    identity_number: Annotated[IdentityNumber, Field(description="[04] Số CCCD/ĐDCN/Hộ chiếu")]
    ethnicity: Annotated[Line, Field(description="[05] Dân tộc")]
    nationality: Annotated[Line, Field(description="[06] Quốc tịch")]
    mobile: Annotated[Line, Field(description="[07] Điện thoại di động")] = ""
    email: Annotated[Line, Field(description="[08] E-mail to which the e-book is returned")] = ""
    health_facility: Annotated[Line, Field(description="[09] Nơi đăng ký KCB ban đầu")] = ""
    delivery: Annotated[Delivery, Field(description="[10] Hình thức nhận kết quả")] = "ELECTRONIC"
    paper_address: Annotated[
        Address | None, Field(description="[11] Nơi nhận bản giấy: 11.1 street, 11.2 ward, 11.3")
    ] = None
    contribution_amount: Annotated[Amount | None, Field(description="[12] Mức tiền đóng")] = None
    contribution_method: Annotated[
        Literal["MONTHLY", "3_MONTHS", "6_MONTHS", "12_MONTHS"] | None,
        Field(description="[13] Phương thức đóng"),
    ] = None
    occupation: Annotated[
        Line, Field(description="[14] Nghề nghiệp (voluntary accident insurance)")
    ] = ""
    category: Annotated[Line, Field(description="[15] Loại đối tượng")] = ""
    adjustment: Annotated[Note, Field(description="[16] Nội dung thay đổi, yêu cầu")] = ""
    papers: Annotated[Note, Field(description="[17] Hồ sơ kèm theo")] = ""
    employer_confirmation: Annotated[
        Line, Field(description="Employer's confirmation, for name or birth date of the employed")
    ] = ""


class TK3TS(Written):
    """TK3-TS: a unit's declaration."""

    form: Literal["TK3-TS"]
    unit_code: Annotated[UnitCode | None, Field(description="Mã đơn vị, if there is one.")] = None
    name: Annotated[Name, Field(description="[01] Tên đơn vị")]
    tax_code: Annotated[TaxCode, Field(description="[02] Mã số thuế")]
    head_office: Annotated[Line, Field(description="[03] Địa chỉ trụ sở")]
    contact_address: Annotated[Line, Field(description="[04] Địa chỉ liên hệ")] = ""
    email: Annotated[Line, Field(description="[05] E-mail")] = ""
    phone: Annotated[Line, Field(description="[06] Điện thoại")] = ""
    representative: Annotated[Name, Field(description="[07] Người đại diện")]
    representative_id: Annotated[PersonalId, Field(description="[08] Số định danh người đại diện")]
    unit_type: Annotated[Line, Field(description="[09] Loại hình đơn vị")] = ""
    sector: Annotated[Line, Field(description="[10] Ngành kinh tế, level 3")] = ""
    category: Annotated[Line, Field(description="[11] Loại đối tượng")] = ""
    method: Annotated[
        Literal["MONTHLY", "3_MONTHS", "6_MONTHS"], Field(description="[12] Phương thức đóng")
    ] = "MONTHLY"
    si_agency: Annotated[Line, Field(description="[13] Cơ quan BHXH")] = ""
    change: Annotated[Note, Field(description="[14] Nội dung thay đổi")] = ""


class D02LTRow(Written):
    """One person of a D02-LT list; columns A, B and 1-19."""

    number: Annotated[int, Field(ge=1, le=100_000, description="A: STT")]
    name: Annotated[Name, Field(description="B: Họ và tên")]
    si_code: Annotated[SiCode | None, Field(description="1: Mã số BHXH")] = None
    birth_date: Annotated[BirthDate, Field(description="2: Ngày sinh")]
    identity_number: Annotated[
        IdentityNumber | None,
        Field(description="2a: personal ID, beside column 1 since 2025"),
    ] = None
    position: Annotated[Line, Field(description="3: Chức vụ, chức danh nghề, nơi làm việc")] = ""
    salary: Annotated[SalaryOrCoefficient, Field(description="4: Tiền lương hoặc hệ số")]
    reserved_difference: Annotated[
        SalaryOrCoefficient, Field(description="5: Chênh lệch bảo lưu")
    ] = "0"
    position_allowance: Annotated[SalaryOrCoefficient, Field(description="6: Phụ cấp chức vụ")] = (
        "0"
    )
    seniority_beyond: Annotated[Percentage, Field(description="7: Thâm niên vượt khung %")] = "0"
    seniority: Annotated[Percentage, Field(description="8: Thâm niên nghề %")] = "0"
    other_allowances: Annotated[SalaryOrCoefficient, Field(description="9: Phụ cấp khác")] = "0"
    contract_type: Annotated[
        Literal["INDEFINITE", "FIXED_TERM", "OTHER"], Field(description="10: Loại hợp đồng")
    ]
    contract_from: Annotated[Day, Field(description="11: Hợp đồng từ ngày")]
    contract_to: Annotated[Day | None, Field(description="12: Hợp đồng đến ngày")] = None
    effective_date: Annotated[Day, Field(description="13: Ngày hiệu lực")]
    from_month: Annotated[Month, Field(description="14: Từ tháng")]
    to_month: Annotated[Month | None, Field(description="15: Đến tháng")] = None
    health_facility: Annotated[Line, Field(description="16: Nơi đăng ký KCB")] = ""
    delivery: Annotated[Delivery, Field(description="17: Hình thức nhận kết quả")] = "ELECTRONIC"
    change_type: Annotated[
        Literal["INCREASE", "DECREASE", "ADJUST"], Field(description="18: Tăng, giảm, điều chỉnh")
    ]
    note: Annotated[Line, Field(description="19: Ghi chú")] = ""


class D02LT(Written):
    """D02-LT: the list of workers who take part in social insurance."""

    form: Literal["D02-LT"]
    unit_code: UnitCode
    unit_name: Name
    tax_code: TaxCode
    address: Line = ""
    list_number: Annotated[int, Field(ge=1, le=999)] = 1
    month: Month
    rows: Annotated[list[D02LTRow], Field(min_length=1, max_length=5000)]


class HSB01BRow(Written):
    """One person of a 01B-HSB list."""

    number: Annotated[int, Field(ge=1, le=100_000, description="A: STT")]
    name: Annotated[Name, Field(description="B: Họ và tên")]
    si_code: Annotated[SiCode | None, Field(description="1: Mã số BHXH")] = None
    identity_number: Annotated[IdentityNumber | None, Field(description="1a: Số định danh")] = None
    from_date: Annotated[Day, Field(description="2: Từ ngày")]
    to_date: Annotated[Day, Field(description="3: Đến ngày")]
    days: Annotated[int, Field(ge=1, le=366, description="4: Tổng số ngày")]
    regime: Annotated[
        Literal["SICKNESS", "SICK_CHILD", "MATERNITY", "CONVALESCENCE"],
        Field(description="Chế độ"),
    ]
    certificate_number: Annotated[Line, Field(description="C: Số giấy nghỉ việc/ra viện")] = ""
    bank_account: Annotated[Line, Field(description="D: Tài khoản nhận tiền")] = ""
    bank: Annotated[Line, Field(description="D: Ngân hàng")] = ""
    note: Annotated[Line, Field(description="Ghi chú")] = ""


class HSB01B(Written):
    """01B-HSB: an employer's list for sickness, maternity and convalescence benefits."""

    form: Literal["01B-HSB"]
    unit_code: UnitCode
    unit_name: Name
    tax_code: TaxCode
    batch: Annotated[int, Field(ge=1, le=999, description="Đợt")] = 1
    month: Month
    rows: Annotated[list[HSB01BRow], Field(min_length=1, max_length=5000)]


class HSB14(Written):
    """14-HSB: a person's application, here for one-time social insurance."""

    form: Literal["14-HSB"]
    name: Annotated[Name, Field(description="Họ và tên")]
    si_code: Annotated[SiCode | None, Field(description="Mã số BHXH")] = None
    identity_number: Annotated[IdentityNumber, Field(description="Số định danh/hộ chiếu")]
    birth_date: Annotated[BirthDate, Field(description="Ngày sinh")]
    address: Address = Address()
    phone: Line = ""
    request: Annotated[
        Literal["ONE_TIME", "PENSION", "MONTHLY_ALLOWANCE", "OTHER"],
        Field(description="Nội dung đề nghị"),
    ]
    reason: Annotated[
        Literal["12_MONTHS_WITHOUT_CONTRIBUTION", "EMIGRATION", "ILLNESS", "DISABILITY_81", "AGE"],
        Field(description="Trường hợp hưởng"),
    ]
    payment: Annotated[Literal["BANK", "POST", "AGENCY"], Field(description="Hình thức nhận")]
    bank_account: Line = ""
    bank: Line = ""


Form = Annotated[TK1TS | TK3TS | D02LT | HSB01B | HSB14, Field(discriminator="form")]
FORM_NAMES = {
    "TK1-TS": (
        "Tờ khai tham gia, điều chỉnh thông tin BHXH, BHYT (TK1-TS)",
        "Declaration to join or adjust social and health insurance (TK1-TS)",
    ),
    "TK3-TS": (
        "Tờ khai đơn vị tham gia, điều chỉnh thông tin BHXH, BHYT (TK3-TS)",
        "Unit's declaration (TK3-TS)",
    ),
    "D02-LT": (
        "Danh sách lao động tham gia BHXH, BHYT, BHTN (D02-LT)",
        "List of workers taking part (D02-LT)",
    ),
    "01B-HSB": (
        "Danh sách đề nghị giải quyết hưởng chế độ ốm đau, thai sản (01B-HSB)",
        "List of claims for sickness and maternity benefits (01B-HSB)",
    ),
    "14-HSB": (
        "Đơn đề nghị hưởng BHXH (14-HSB)",
        "Application for social insurance benefits (14-HSB)",
    ),
}
