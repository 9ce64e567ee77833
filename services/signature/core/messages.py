"""What a person is told about each outcome, in Vietnamese and English (Circular 15/2025)."""

from __future__ import annotations

from dataclasses import dataclass

from schemas.parties import Defect

SIGNATURE_BASIS = "Nghị định 23/2025/NĐ-CP; Thông tư 15/2025/TT-BKHCN, Phụ lục II"
EID_BASIS = "Nghị định 69/2024/NĐ-CP"


@dataclass(frozen=True, slots=True)
class Words:
    """One message, twice."""

    vi: str
    en: str


PASSED = Words(
    "Chữ ký số hợp lệ.",
    "The digital signature is valid.",
)

SIGNATURE = {
    "FORMAT_FAILURE": Words(
        "Chữ ký số không đúng định dạng quy định.",
        "The digital signature does not have the prescribed format.",
    ),
    "SIG_CRYPTO_FAILURE": Words(
        "Chữ ký số không khớp với nội dung hồ sơ: nội dung đã bị thay đổi sau khi ký"
        " hoặc chữ ký không được tạo bằng khóa của chứng thư số kèm theo.",
        "The digital signature does not match the dossier: the text was changed after signing,"
        " or the signature was not made with the key of the enclosed certificate.",
    ),
    "NO_SIGNING_CERTIFICATE_FOUND": Words(
        "Không xác định được chứng thư số của người ký.",
        "The signer's certificate could not be identified.",
    ),
    "NO_CERTIFICATE_CHAIN_FOUND": Words(
        "Chứng thư số không do tổ chức có trong danh sách tin cậy cấp.",
        "The certificate was not issued by an authority on the trust list.",
    ),
    "CHAIN_CONSTRAINTS_FAILURE": Words(
        "Chứng thư số không được cấp cho mục đích ký hồ sơ.",
        "The certificate was not issued for signing documents.",
    ),
    "CRYPTO_CONSTRAINTS_FAILURE": Words(
        "Thuật toán hoặc độ dài khóa của chữ ký số không được chấp nhận.",
        "The algorithm or key length of the digital signature is not accepted.",
    ),
    "OUT_OF_BOUNDS_NO_POE": Words(
        "Chứng thư số hết hạn hoặc chưa có hiệu lực tại thời điểm hệ thống nhận hồ sơ.",
        "The certificate had expired or was not yet valid when the dossier was received.",
    ),
    "REVOKED_NO_POE": Words(
        "Chứng thư số đã bị thu hồi tại thời điểm hệ thống nhận hồ sơ.",
        "The certificate had been revoked when the dossier was received.",
    ),
    "SIG_CONSTRAINTS_FAILURE": Words(
        "Thời điểm ký ghi trên chữ ký số muộn hơn thời điểm hệ thống nhận hồ sơ.",
        "The signing time claimed by the signature is later than the reception of the dossier.",
    ),
    "TRY_LATER": Words(
        "Chưa kiểm tra được trạng thái thu hồi của chứng thư số; hệ thống sẽ tự động kiểm tra lại.",
        "The revocation status of the certificate is not available yet; it will be checked again"
        " automatically.",
    ),
}

IDENTITY = {
    "EID_MISSING": Words(
        "Hồ sơ không kèm xác nhận của tài khoản định danh điện tử.",
        "The dossier carries no assertion of an electronic identity account.",
    ),
    "EID_FORMAT": Words(
        "Xác nhận của tài khoản định danh điện tử không đúng định dạng.",
        "The electronic identity assertion is malformed.",
    ),
    "EID_UNTRUSTED": Words(
        "Xác nhận định danh điện tử không do dịch vụ có trong danh sách tin cậy phát hành.",
        "The electronic identity assertion was not issued by a service on the trust list.",
    ),
    "EID_SIGNATURE": Words(
        "Chữ ký trên xác nhận định danh điện tử không hợp lệ.",
        "The signature on the electronic identity assertion is not valid.",
    ),
    "EID_EXPIRED": Words(
        "Xác nhận định danh điện tử đã hết hiệu lực.",
        "The electronic identity assertion is no longer valid.",
    ),
    "EID_LEVEL": Words(
        "Tài khoản định danh điện tử chưa đúng loại hoặc mức độ: cá nhân cần mức độ 2,"
        " tổ chức cần tài khoản của tổ chức.",
        "The electronic identity account is not of the required kind or level: people need"
        " level 2, organisations an organisation's account.",
    ),
    "EID_CONTENT": Words(
        "Xác nhận định danh điện tử được phát hành cho một nội dung khác.",
        "The electronic identity assertion was issued for another text.",
    ),
    "EID_TIME": Words(
        "Thời điểm xác thực định danh điện tử muộn hơn thời điểm hệ thống nhận hồ sơ.",
        "The electronic identity was authenticated after the dossier was received.",
    ),
    "IDENTITY_MISMATCH": Words(
        "Tài khoản định danh điện tử, chứng thư số và người nộp hồ sơ không phải là cùng"
        " một cá nhân hoặc tổ chức.",
        "The electronic identity account, the certificate and the submitter are not the same"
        " person or organisation.",
    ),
}


def of_signature(sub_indication: str | None) -> Words:
    """The message of one signature outcome."""
    return PASSED if sub_indication is None else SIGNATURE[sub_indication]


def signature_defect(sub_indication: str, *, curable: bool) -> Defect:
    """What a letter tells the submitter about the signature."""
    words = SIGNATURE[sub_indication]
    return Defect(
        code=sub_indication,
        path="signature",
        vi=words.vi,
        en=words.en,
        legal_basis=SIGNATURE_BASIS,
        curable=curable,
    )


def identity_defect(failure: str, *, curable: bool) -> Defect:
    """What a letter tells the submitter about the electronic identity."""
    words = IDENTITY[failure]
    return Defect(
        code=failure,
        path="signature" if failure == "IDENTITY_MISMATCH" else "eid_assertion",
        vi=words.vi,
        en=words.en,
        legal_basis=EID_BASIS,
        curable=curable,
    )
