"""What letters say, as mail: complete, escaped, the same bytes each time, little personal data."""

from __future__ import annotations

import email
import email.policy
import re
from email.message import EmailMessage
from typing import get_args

import pytest

from schemas.ebook import NotEntered, RefusedRow
from schemas.envelope import Event
from services.receipt.adapters.letters import LetterRenderer, Office
from services.receipt.core.dossier import Dossier, Lease, Letter
from services.receipt.core.page import NOT_ENTERED, page
from services.receipt.core.sending import claim
from tests.receipt_builders import (
    AT_RISK,
    CODE,
    FATAL,
    MENDABLE,
    OWNER,
    PENSION,
    SOON,
    addressee,
    completed,
    one,
    refused,
    submitted,
    verdict,
    withdrawn,
)

RENDER = LetterRenderer(Office("kn@bhxh.example.vn", "Bảo hiểm xã hội", "bhxh.example.vn"))
CASES: dict[str, tuple[Event, ...]] = {
    "01": (submitted(), verdict()),
    "02": (refused(MENDABLE, MENDABLE.model_copy(update={"code": "SECOND", "path": "x.y"})),),
    "03": (submitted(), verdict("REJECTED")),
    "05": (submitted(), withdrawn()),
    "RESULT": (submitted(), verdict(), completed()),
}


def last(*events: Event) -> tuple[Dossier, Letter]:
    dossier = one(*events).after
    return dossier, dossier.letters[-1]


def bodies(dossier: Dossier, letter: Letter) -> tuple[EmailMessage, str, str]:
    content = RENDER(dossier, letter).content
    message = email.message_from_bytes(content, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    assert message.defects == []
    plain, html = message.get_body(("plain",)), message.get_body(("html",))
    assert plain is not None
    assert html is not None
    return message, plain.get_content(), html.get_content()


@pytest.mark.parametrize("kind", CASES)
def test_every_kind_is_a_whole_mail_in_both_languages(kind: str) -> None:
    dossier, letter = last(*CASES[kind])
    assert letter.kind == kind
    message, plain, html = bodies(dossier, letter)
    assert message["To"] == "ketoan@hoabinh.example.vn"
    assert message["From"].addresses[0].addr_spec == "kn@bhxh.example.vn"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Message-ID"] == f"<{letter.letter_id}@bhxh.example.vn>"
    written = page(dossier, letter)
    for text in (plain, html):
        assert "Độc lập - Tự do - Hạnh phúc" in text
        assert CODE in text
        assert written.title_en in text
        assert "08:30, 09/06/2026" in text
        assert "{{" not in text
        assert "{%" not in text
    assert written.title_vi in html
    assert max(map(len, RENDER(dossier, letter).content.split(b"\r\n"))) <= 998
    assert b"\n" not in RENDER(dossier, letter).content.replace(b"\r\n", b"")


def test_the_subject_names_kind_and_code_and_nobody() -> None:
    message, _, _ = bodies(*last(*CASES["01"]))
    title = "Giấy tiếp nhận hồ sơ và hẹn trả kết quả"
    assert message["Subject"] == f"{title} · Hồ sơ {CODE}"


def test_a_receipt_has_the_fields_of_the_form() -> None:
    _, plain, html = bodies(*last(*CASES["01"]))
    for text in (plain, html):
        for field in (
            "G09.20-20260609-0092637-01/TNHS",
            "ngày 09 tháng 06 năm 2026",
            "Công ty TNHH Dệt may Hòa Bình",
            "1.002051.01",
            "Danh sách lao động tham gia BHXH, BHYT, BHTN (D02-LT)",
            "05 ngày làm việc",
            "17:00, 16/06/2026",
            "gồm 12 người lao động",
        ):
            assert field in text


def test_every_defect_stands_in_the_letter_once_per_language() -> None:
    _, plain, html = bodies(*last(*CASES["02"]))
    for text in (plain, html):
        for path in (MENDABLE.path, "x.y"):
            assert len(re.findall(re.escape(path), text)) == 2
        assert text.count(MENDABLE.vi) == 2
        assert MENDABLE.legal_basis in text
        assert "chỉ thông báo một lần" in text
    _, plain, _ = bodies(*last(*CASES["03"]))
    assert FATAL.vi in plain
    assert "KHÔNG ĐƯỢC TIẾP NHẬN" in plain


def test_an_early_receipt_says_that_the_signature_is_under_verification() -> None:
    dossier = one(submitted(), at=AT_RISK).after
    _, plain, html = bodies(dossier, dossier.letters[0])
    assert "Chữ ký đang được xác minh" in html
    assert "Signature under verification" in html
    assert "CHỮ KÝ ĐANG ĐƯỢC XÁC MINH" in plain
    _, plain, html = bodies(*last(*CASES["01"]))
    assert "xác minh" not in (plain + html).lower()


def test_a_result_tells_numbers_and_rows_and_no_reasons() -> None:
    _, plain, html = bodies(*last(*CASES["RESULT"]))
    for text in (plain, html):
        assert "15/QĐ-BHXH" in text
        assert "lương hưu" not in text


def test_a_result_says_why_a_granted_row_could_not_be_entered_in_a_book() -> None:
    rows_refused = (
        RefusedRow(row=9, reasons=("ALIAS_CONFLICT",)),
        RefusedRow(row=10, reasons=("NO_PERSON_IDENTIFIER",)),
        RefusedRow(row=11, reasons=("ALIAS_CONFLICT",)),
        PENSION,
    )
    _, *texts = bodies(*last(submitted(), verdict(), completed(refused=rows_refused)))
    for text in (" ".join(each.split()) for each in texts):
        assert "thuộc về hai người khác nhau" in text
        assert "belong to two different people" in text
        assert "không có số định danh cá nhân, mã số bảo hiểm xã hội" in text
        assert "no personal identification number, social insurance code" in text
        for rows in ("9, 11", "10", "12"):
            assert f"dòng số {rows}" in text.lower()
            assert f"rows {rows}" in text.lower().replace("rows: ", "rows ")
        assert "ALIAS_CONFLICT" not in text
        assert "NO_PERSON_IDENTIFIER" not in text
        assert "không phải thực hiện thêm" not in text
        assert "nothing else need be done" not in text


def test_a_result_whose_rows_all_stand_in_books_asks_for_nothing_else() -> None:
    _, *texts = bodies(*last(*CASES["RESULT"]))
    for text in (" ".join(each.split()) for each in texts):
        assert "không phải thực hiện thêm" in text
        assert "nothing else need be done" in text
        assert "Chưa ghi được" not in text


def test_every_code_of_a_row_that_no_book_takes_has_its_words() -> None:
    assert set(NOT_ENTERED) == set(get_args(NotEntered))


def test_a_letter_shows_only_the_end_of_an_identifier_and_no_address() -> None:
    for events in CASES.values():
        _, plain, html = bodies(*last(*events))
        assert "0101234567" not in plain + html
        assert "@" not in plain


def test_the_owners_letter_goes_to_the_owner() -> None:
    dossier, letter = last(submitted(owner=OWNER), verdict())
    message, plain, _ = bodies(dossier, letter)
    assert message["To"] == "anh@example.vn"
    assert "Nguyễn Thị Hồng Ánh (chủ hồ sơ)" in plain


@pytest.mark.parametrize(
    "name", ["{{ 7*7 }}", "{% raw %}", "<script>alert(1)</script>", 'Ông & Bà "Năm"']
)
def test_data_never_becomes_template_or_markup(name: str) -> None:
    _, plain, html = bodies(*last(submitted(submitter=addressee(name)), verdict()))
    assert name in plain
    assert "<script" not in html
    assert (
        name.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&#34;")
        in html
    )


def test_every_attempt_has_the_same_bytes_also_days_later() -> None:
    dossier, _ = last(*CASES["01"])
    first = claim(dossier, SOON, Lease(token="a", until=AT_RISK))
    second = claim(first, AT_RISK, Lease(token="b", until=AT_RISK))
    assert RENDER(first, first.letters[0]) == RENDER(second, second.letters[0])
    assert b"Date: Tue, 09 Jun 2026 01:30:03 +0000" in RENDER(first, first.letters[0]).content
