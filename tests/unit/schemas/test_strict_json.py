"""Hostile input: each kind is refused with its own reason (ops §6.3)."""

from __future__ import annotations

import pytest

from schemas.strict_json import StrictJsonError, loads


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b'{"a": "\xff"}', "NOT_UTF8"),
        ('{"a": 1}'.encode("utf-16"), "NOT_UTF8"),
        (b'\xef\xbb\xbf{"a": 1}', "BOM"),
        (b"", "NOT_JSON"),
        (b"[1]", "NOT_AN_OBJECT"),
        (b'"text"', "NOT_AN_OBJECT"),
        (b'{"a": 1, "a": 2}', "DUPLICATE_KEY"),
        (b'{"b": {"a": 1, "a": 2}}', "DUPLICATE_KEY"),
        (b'{"a": NaN}', "NOT_A_NUMBER"),
        (b'{"a": -Infinity}', "NOT_A_NUMBER"),
        (b'{"a": 1e999}', "FLOAT_NOT_ALLOWED"),
        (b'{"a": 1.5}', "FLOAT_NOT_ALLOWED"),
        (b'{"a": 9007199254740992}', "INTEGER_OUT_OF_RANGE"),
        (b'{"a": ' + b"9" * 5000 + b"}", "INTEGER_OUT_OF_RANGE"),
        (b'{"a": ' + b"[" * 33 + b"]" * 33 + b"}", "TOO_DEEP"),
        (b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "TOO_DEEP"),
        (b'{"a": "\\ud800"}', "LONE_SURROGATE"),
        (b'{"a": "\\u0000"}', "FORBIDDEN_CHARACTER"),
        (b'{"\\u0007": 1}', "FORBIDDEN_CHARACTER"),
        ('{"a": "\u202e"}'.encode(), "FORBIDDEN_CHARACTER"),
        (b'{"a": "\\u202e"}', "FORBIDDEN_CHARACTER"),
        (b'{"a": 1} x', "NOT_JSON"),
        (b'{"a": "' + b"x" * 2000 + b'"}', "TOO_LARGE"),
    ],
)
def test_a_hostile_text_is_refused_with_its_reason(raw: bytes, code: str) -> None:
    with pytest.raises(StrictJsonError) as caught:
        loads(raw, max_bytes=1000 if code == "TOO_LARGE" else 10_000_000)
    assert caught.value.code == code


def test_vietnamese_text_and_line_breaks_inside_strings_are_kept_exactly() -> None:
    assert loads('{"tên": "Nguyễn Thị Hạnh\\nđường Láng"}', max_bytes=100) == {
        "tên": "Nguyễn Thị Hạnh\nđường Láng"
    }


def test_a_carrier_leaves_the_characters_of_the_inner_text_to_its_own_judgement() -> None:
    assert loads('{"text": "\\u202e"}', max_bytes=100, carrier=True) == {"text": "\u202e"}


def test_thirty_two_levels_are_allowed() -> None:
    assert loads('{"a": ' + "[" * 31 + "]" * 31 + "}", max_bytes=1000)
