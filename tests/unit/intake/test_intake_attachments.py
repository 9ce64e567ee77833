from __future__ import annotations

from typing import Any

import pytest

from services.intake.core.admission import Admitted, Refused
from tests.intake_answers import codes, judge
from tests.portal_records import bound, content, inline


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ([], ["ATTACHMENT_NOT_SENT"]),
        ([inline(bound("IDENTITY_PROOF")), inline(bound("EXTRA"))], ["ATTACHMENT_NOT_SIGNED"]),
        ([inline(bound("OTHER"))], ["ATTACHMENT_MISMATCH"]),
        ([inline(bound("IDENTITY_PROOF"), b"other")], ["ATTACHMENT_SIZE", "ATTACHMENT_DIGEST"]),
        ([bound("IDENTITY_PROOF") | {"inline": "a==="}], ["ATTACHMENT_ENCODING"]),
        ([bound("IDENTITY_PROOF") | {"inline": "YQ==\n"}], ["ATTACHMENT_ENCODING"]),
        ([bound("IDENTITY_PROOF") | {"inline": "é"}], ["ATTACHMENT_ENCODING"]),
    ],
)
def test_the_files_sent_are_those_that_were_signed(
    sent: list[dict[str, Any]], expected: list[str]
) -> None:
    assert codes(content(), attachments=sent) == expected


def test_a_file_by_uri_is_not_fetched() -> None:
    sent = [bound("IDENTITY_PROOF") | {"uri": "https://files.example.vn/1"}]
    assert isinstance(judge(content(), attachments=sent), Admitted)


def test_inline_files_may_have_one_mebibyte_together() -> None:
    half = b"\0" * (512 * 1024)
    for size, admitted in ((half, True), (half + b"\0", False)):
        files = [("IDENTITY_PROOF", half), ("OTHER", size)]
        value = content(attachments=[bound(role, content=c) for role, c in files])
        judged = judge(value, attachments=[inline(bound(r, content=c), c) for r, c in files])
        assert isinstance(judged, Admitted) is admitted
        if isinstance(judged, Refused):
            assert [d.code for d in judged.defects] == ["ATTACHMENTS_TOO_LARGE"]
