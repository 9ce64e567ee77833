"""Names of components: forms that are modelled, and roles of attachments."""

from __future__ import annotations

from schemas.forms import FORM_NAMES

ATTACHMENT_NAMES: dict[str, tuple[str, str]] = {
    "ACCIDENT_RECORD": ("Biên bản điều tra tai nạn lao động", "Accident record"),
    "APPLICATION": ("Đơn đề nghị", "Written request"),
    "AUTHORITY_DOCUMENT": ("Văn bản của cơ quan có thẩm quyền", "Document of the authority"),
    "BACK_PAYMENT_DECISION": ("Quyết định về truy đóng", "Decision on back payment"),
    "BIRTH_CERTIFICATE": (
        "Giấy khai sinh, trích lục khai sinh hoặc giấy chứng sinh",
        "Birth certificate or extract",
    ),
    "DEATH_CERTIFICATE": ("Giấy chứng tử hoặc trích lục khai tử", "Death certificate or extract"),
    "DISCHARGE_PAPER": ("Giấy ra viện", "Hospital discharge paper"),
    "EMIGRATION_PROOF": ("Giấy tờ chứng minh định cư ở nước ngoài", "Proof of emigration"),
    "EMPLOYMENT_END_DOCUMENT": (
        "Văn bản chấm dứt hợp đồng lao động",
        "Document ending the employment contract",
    ),
    "FORM_05A_HSB": ("Văn bản đề nghị (05A-HSB)", "Request (05A-HSB)"),
    "FORM_09_HSB": ("Tờ khai của thân nhân (09-HSB)", "Relatives' declaration (09-HSB)"),
    "FORM_D05_TS": (
        "Danh sách người tham gia BHXH tự nguyện (D05-TS)",
        "List of voluntary participants (D05-TS)",
    ),
    "IDENTITY_PROOF": (
        "Giấy tờ chứng minh thông tin nhân thân",
        "Proof of identity data",
    ),
    "LABOUR_CONTRACT": ("Bản sao hợp đồng lao động", "Copy of the labour contract"),
    "MEDICAL_ASSESSMENT": ("Biên bản giám định y khoa", "Medical assessment"),
    "SICKNESS_CERTIFICATE": (
        "Giấy chứng nhận nghỉ việc hưởng BHXH",
        "Certificate of leave entitled to social insurance",
    ),
    "UNEMPLOYMENT_DECISION": (
        "Quyết định hưởng trợ cấp thất nghiệp",
        "Decision on unemployment benefit",
    ),
}
"""Roles that procedures ask for. Any other role is welcome and is called by its own name."""


def names_of(role: str) -> tuple[str, str]:
    """How letters call a component, in Vietnamese and in English."""
    return FORM_NAMES.get(role) or ATTACHMENT_NAMES.get(role) or (role, role)
