from __future__ import annotations

import json
from typing import Any, get_args

import pytest

from schemas.content import Content
from schemas.intake import UnreadableReason
from schemas.portal import MAX_RECORD_BYTES, MAX_TEXT_BYTES
from schemas.strict_json import loads
from services.intake.core.decoding import Faulty, Opaque, Readable, Unreadable, decode
from tests.portal_records import (
    CODE,
    as_record,
    content,
    envelope,
    filed,
    filed_data,
    settled,
    text_of,
    withdrawn,
)


def why(value: dict[str, Any] | bytes | None, key: bytes | None = CODE.encode()) -> str:
    decoded = decode(as_record(value, key=key))
    return decoded.reason if isinstance(decoded, Unreadable) else "READABLE"


def text_in(value: dict[str, Any]) -> object:
    decoded = decode(as_record(value))
    assert isinstance(decoded, Readable)
    return decoded.text


@pytest.mark.parametrize("value", [filed(), withdrawn(), settled()])
def test_a_sound_record_is_readable(value: dict[str, Any]) -> None:
    decoded = decode(as_record(value))
    assert isinstance(decoded, Readable)
    assert decoded.code == CODE


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (None, "EMPTY"),
        (b"", "EMPTY"),
        (b"\xff\xfe", "NOT_UTF8"),
        (b"\xef\xbb\xbf{}", "BOM"),
        (b"{", "NOT_JSON"),
        (b"[]", "NOT_AN_OBJECT"),
        (b'{"a":' * 60 + b"1" + b"}" * 60, "TOO_DEEP"),
        (b"[" * 100_000, "TOO_DEEP"),
        (b'{"a":1,"a":2}', "DUPLICATE_KEY"),
        (b'{"a":NaN}', "NOT_A_NUMBER"),
        (b'{"a":1.5}', "FLOAT_NOT_ALLOWED"),
        (b'{"a":9007199254740993}', "INTEGER_OUT_OF_RANGE"),
        (b'{"type":"DossierBurned"}', "UNSUPPORTED_TYPE"),
        (b'{"type":7}', "UNSUPPORTED_TYPE"),
        (b"{}", "SCHEMA"),
        (b" " * (MAX_RECORD_BYTES + 1), "TOO_LARGE"),
    ],
)
def test_hostile_bytes_are_answered_with_their_reason(raw: bytes | None, reason: str) -> None:
    assert why(raw) == reason


def test_every_reason_of_the_strict_parser_is_one_that_the_event_knows() -> None:
    named = loads.__doc__ or ""
    codes = {word.strip(",.") for word in named.split() if word.strip(",.").isupper()}
    assert len(codes) > 10
    assert codes - {"A", "JSON"} <= set(get_args(UnreadableReason))


def test_a_schema_fault_names_paths_and_no_values() -> None:
    data = filed_data() | {"version": "CANARY", "signatures": []}
    decoded = decode(as_record(envelope("DossierFiled", data)))
    assert decoded == Unreadable(
        "SCHEMA",
        len(json.dumps(envelope("DossierFiled", data))),
        ("data.version", "data.signatures"),
    )


def test_unknown_fields_of_the_portal_are_ignored() -> None:
    assert why(filed() | {"future": {"a": [1]}}) == "READABLE"


@pytest.mark.parametrize("key", [None, b"", b"other", b"\xff\x00", b"x" * 10_000])
def test_a_hostile_key_is_a_mismatch(key: bytes | None) -> None:
    assert why(filed(), key=key) == "KEY_MISMATCH"


def test_a_subject_that_is_not_the_code_is_a_mismatch() -> None:
    assert why(filed() | {"subject": "G09.20-20261109-0000001"}) == "KEY_MISMATCH"


def test_a_text_that_names_another_dossier_is_a_mismatch() -> None:
    other = content(dossier_code="G09.20-20261109-0000001")
    assert why(filed(content={"kind": "text", "text": text_of(other)})) == "KEY_MISMATCH"


def test_a_faulty_text_that_names_another_dossier_is_a_mismatch() -> None:
    other = content(dossier_code="G09.20-20261109-0000001", forms="none")
    assert why(filed(content={"kind": "text", "text": text_of(other)})) == "KEY_MISMATCH"


@pytest.mark.parametrize("code", ["'; drop", "G09.20-20261109-009263\u0663", "x" * 200, "{{7*7}}"])
def test_a_code_that_is_no_dossier_code_is_never_copied(code: str) -> None:
    value = withdrawn(code)
    decoded = decode(as_record(value, key=code.encode()))
    assert isinstance(decoded, Unreadable)
    assert (decoded.reason, decoded.paths) == ("SCHEMA", ("data.dossier_code",))


def test_a_lone_surrogate_anywhere_makes_the_record_unreadable() -> None:
    assert why(filed(eid_assertion="\ud800")) == "LONE_SURROGATE"
    assert why(filed(content={"kind": "text", "text": '{"a":"\ud800"}'})) == "LONE_SURROGATE"


def test_a_pair_of_surrogates_is_an_ordinary_character() -> None:
    assert why(filed() | {"future": "😀"}) == "READABLE"


def test_a_withdrawal_has_no_text_so_its_characters_are_judged_with_the_record() -> None:
    assert why(withdrawn(reason="abc\u202ecba")) == "FORBIDDEN_CHARACTER"


def test_a_text_is_parsed_as_its_model() -> None:
    assert isinstance(text_in(filed()), Content)


def test_a_text_that_is_not_json_is_opaque() -> None:
    text = text_in(filed(content={"kind": "text", "text": "<xml/>"}))
    assert isinstance(text, Opaque)
    assert text.reason == "CONTENT_UNREADABLE"
    assert [fault.code for fault in text.faults] == ["NOT_JSON"]


def test_a_text_of_exactly_two_mebibytes_is_read_and_one_byte_more_is_not() -> None:
    room = MAX_TEXT_BYTES - len(text_of(content()).encode())
    for extra, expected in ((0, Content), (1, Opaque)):
        text = text_of(content()) + " " * (room + extra)
        assert isinstance(text_in(filed(content={"kind": "text", "text": text})), expected)


def test_a_text_with_a_wrong_field_keeps_what_it_says() -> None:
    text = text_in(filed(content(forms=[{"form": "TK1-TS"}])))
    assert isinstance(text, Faulty)
    assert text.value["submitter"]["email"] == "nguyen.thi.anh@example.vn"
