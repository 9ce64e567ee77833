"""What is wrong, in two languages: every defect that intake knows, in one place. Never a value."""

from __future__ import annotations

import re
from collections.abc import Iterable

from pydantic.fields import FieldInfo

from schemas.content import Fault
from schemas.forms import FORM_NAMES, HSB14, TK1TS, TK3TS, D02LTRow, HSB01BRow
from schemas.parties import Defect
from services.intake.core.components import names_of
from services.intake.core.legal import D164_CONDITIONS, D164_RECEIPT, Q366, Q838

MAX_DEFECTS = 200

_FAULTS_VI = {
    "MISSING": "thiếu thông tin bắt buộc",
    "EXTRA_FORBIDDEN": "thông tin không có trong biểu mẫu",
    "STRING_PATTERN_MISMATCH": "không đúng định dạng",
    "STRING_TOO_LONG": "quá dài",
    "STRING_TOO_SHORT": "không được để trống",
    "LITERAL_ERROR": "không thuộc danh mục cho phép",
    "UNION_TAG_INVALID": "biểu mẫu không được hỗ trợ",
    "UNION_TAG_NOT_FOUND": "không ghi tên biểu mẫu",
    "TOO_MANY_OBJECTS": "hồ sơ có quá nhiều mục",
    "TOO_MANY_FAULTS": "hồ sơ có quá nhiều lỗi để liệt kê",
    "TOO_LONG": "danh sách quá dài",
    "TOO_SHORT": "danh sách không được để trống",
    "GREATER_THAN_EQUAL": "ngoài khoảng cho phép",
    "LESS_THAN_EQUAL": "ngoài khoảng cho phép",
}
_ROWS = {"D02-LT": D02LTRow.model_fields, "01B-HSB": HSB01BRow.model_fields}
_FIELDS: dict[str, dict[str, FieldInfo]] = {
    "TK1-TS": TK1TS.model_fields,
    "TK3-TS": TK3TS.model_fields,
    "14-HSB": HSB14.model_fields,
}
_PRINTED_NUMBER = re.compile(r"\[\d+\]|[A-D0-9]{1,2}a?(?=:)")


def of_fault(fault: Fault) -> Defect:
    """A field of the signed text that is not what its form asks for."""
    steps = fault.path.split(".")
    form = next((step for step in steps if step in FORM_NAMES), None)
    path = ".".join(step for step in steps if step != form)
    number = _printed_number(form, steps) if form else ""
    place_vi = f"Mục {number} của mẫu {form}: " if number else f"Mẫu {form}: " if form else ""
    place_en = f"Item {number} of form {form}: " if number else f"Form {form}: " if form else ""
    vi = place_vi + _FAULTS_VI.get(fault.code, "không hợp lệ")
    return Defect(
        code=f"FIELD_{fault.code}",
        path=path,
        vi=vi[0].upper() + vi[1:],
        en=place_en + (fault.expected or "not valid"),
        legal_basis=Q366,
        curable=True,
    )


def capped(found: Iterable[Defect]) -> tuple[Defect, ...]:
    """At most MAX_DEFECTS, the last of them saying that there are more."""
    listed = tuple(found)
    if len(listed) <= MAX_DEFECTS:
        return listed
    rest = listed[MAX_DEFECTS - 1 :]
    more = MORE.model_copy(update={"curable": all(defect.curable for defect in rest)})
    return (*listed[: MAX_DEFECTS - 1], more)


def _printed_number(form: str, steps: list[str]) -> str:
    """The number that the printed form gives the field, so that a person finds it."""
    after = steps[steps.index(form) + 1 :]
    if form in _ROWS:
        if len(after) < 3 or after[0] != "rows":  # noqa: PLR2004  rows, row number, field
            return ""
        field = _ROWS[form].get(after[2])
    else:
        field = _FIELDS[form].get(after[0]) if after else None
    found = _PRINTED_NUMBER.match(field.description or "") if field else None
    return found.group() if found else ""


def unreadable(fault: Fault) -> Defect:
    """The signed text is not even strict JSON."""
    return Defect(
        code=fault.code,
        path=fault.path,
        vi="Không đọc được nội dung hồ sơ",
        en="The content of the dossier cannot be read",
        legal_basis=Q366,
        curable=False,
    )


def not_as_sent(field: str) -> Defect:
    """The portal's record and the signed text disagree on a field."""
    return Defect(
        code=f"{field.upper()}_MISMATCH",
        path=field,
        vi="Thông tin đã ký không khớp với thông tin Cổng dịch vụ công gửi",
        en="What was signed is not what the portal's record says",
        legal_basis=D164_CONDITIONS,
        curable=True,
    )


def row_repeated(place: int) -> Defect:
    """A settlement names two people by one row number, so that nobody could tell them apart."""
    return Defect(
        code="ROW_REPEATED",
        path=f"rows.{place}.row",
        vi="Số dòng này đã được dùng cho một người khác trong quyết định",
        en="This row number already stands for another person of the decision",
        legal_basis=D164_CONDITIONS,
        curable=True,
    )


PROCEDURE_UNKNOWN = Defect(
    code="PROCEDURE_UNKNOWN",
    path="procedure",
    vi="Mã thủ tục không có trong danh mục dịch vụ công trực tuyến",
    en="The procedure code is not in the catalogue of online services",
    legal_basis=Q838,
    curable=False,
)
EID_ASSERTION_MISSING = Defect(
    code="EID_ASSERTION_MISSING",
    path="",
    vi="Thiếu xác nhận từ tài khoản định danh điện tử; đề nghị đăng nhập và nộp lại",
    en="No assertion of the electronic identity account; sign in and send it again",
    legal_basis=D164_CONDITIONS,
    curable=True,
)
ATTACHMENTS_TOO_LARGE = Defect(
    code="ATTACHMENTS_TOO_LARGE",
    path="attachments",
    vi="Tổng dung lượng tệp gửi kèm trực tiếp vượt quá 1 MiB",
    en="Inline attachments exceed 1 MiB together",
    legal_basis=Q366,
    curable=True,
)
MORE = Defect(
    code="MORE",
    path="",
    vi="Còn lỗi khác chưa liệt kê; đề nghị kiểm tra lại toàn bộ hồ sơ",
    en="There are more defects than are listed here; check the whole dossier",
    legal_basis=Q366,
    curable=True,
)


def procedure_not_open(legal_basis: str) -> Defect:
    """The catalogue knows the procedure but no time limit for it."""
    return Defect(
        code="PROCEDURE_NOT_OPEN",
        path="procedure",
        vi="Thủ tục này chưa được tiếp nhận qua hệ thống",
        en="This procedure cannot be filed here yet",
        legal_basis=legal_basis,
        curable=False,
    )


def submitter_not_allowed(legal_basis: str) -> Defect:
    """The kind of submitter is not one that may use the procedure."""
    return Defect(
        code="SUBMITTER_NOT_ALLOWED",
        path="submitter.kind",
        vi="Người nộp không thuộc đối tượng thực hiện thủ tục này",
        en="This kind of submitter may not use the procedure",
        legal_basis=legal_basis,
        curable=False,
    )


def component_missing(any_of: tuple[str, ...], legal_basis: str) -> Defect:
    """A required form or attachment that is neither given nor held."""
    names = [names_of(role) for role in any_of]
    path = "forms" if any_of[0] in FORM_NAMES else "attachments"
    return Defect(
        code="COMPONENT_MISSING",
        path=path,
        vi="Thiếu thành phần hồ sơ: " + " hoặc ".join(vi for vi, _ in names),
        en="Missing component: " + " or ".join(en for _, en in names),
        legal_basis=legal_basis,
        curable=True,
    )


def email(path: str, *, missing: bool) -> Defect:
    """No letter can be sent to the address, or there is none."""
    return Defect(
        code="EMAIL_MISSING" if missing else "EMAIL_UNUSABLE",
        path=path,
        vi="Thiếu địa chỉ thư điện tử" if missing else "Địa chỉ thư điện tử không sử dụng được",
        en="There is no e-mail address" if missing else "The e-mail address cannot be used",
        legal_basis=D164_RECEIPT,
        curable=True,
    )


def attachment(code: str, path: str, vi: str, en: str) -> Defect:
    """An attachment that is not what the signed text says."""
    return Defect(
        code=f"ATTACHMENT_{code}", path=path, vi=vi, en=en, legal_basis=Q366, curable=True
    )
