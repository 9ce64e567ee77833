from __future__ import annotations

import pytest

from services.intake.core.mailbox import usable_address


@pytest.mark.parametrize(
    ("written", "usable"),
    [
        ("nguyen.van.a@example.vn", "nguyen.van.a@example.vn"),
        ("A.B+c@example.com", "A.B+c@example.com"),
        ("a@Example.VN", "a@example.vn"),
        ("a@tiếngviệt.vn", "a@xn--tingvit-5t4cyc.vn"),
        ("x" * 64 + "@example.vn", "x" * 64 + "@example.vn"),
        ("x" * 65 + "@example.vn", None),
        ("", None),
        ("a@b, x@evil.vn", None),
        ("a@x.vn,b@x.vn", None),
        ("a@b..vn", None),
        ("a..b@x.vn", None),
        ("ánh@example.vn", None),
        ("Anh <a@x.vn>", None),
        ("a@x.vn\r\nBcc: b@x.vn", None),
        ("a@x.vn\n", None),
        ("a@x.vn\x00", None),
        ("a\u202e@x.vn", None),
        ('"a b"@x.vn', None),
        ("a@[127.0.0.1]", None),
        ("a@localhost", None),
        ("a@b.invalid", None),
        ("a@-b.vn", None),
        (f"a@{'x' * 64}.vn", None),
    ],
)
def test_one_ascii_mailbox_or_none(written: str, usable: str | None) -> None:
    assert usable_address(written) == usable
