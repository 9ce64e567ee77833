"""Law: the short cut of strict_json never says anything that the full look does not say."""

from __future__ import annotations

import json
from typing import Any

import orjson
from hypothesis import example, given
from hypothesis import strategies as st

from schemas.strict_json import StrictJsonError, _looked_at_in_full, loads

LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(alphabet=st.sampled_from('aé ế"\\\n\x00\x07\x7f\u061c\u200e–\u202e\u2066\ud800😀/'))
)
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=3), inner)
)


def _compact(value: Any, ascii_only: bool) -> bytes:  # noqa: FBT001  a drawn choice
    text = json.dumps(value, ensure_ascii=ascii_only, separators=(",", ":"))
    return text.encode("utf-8", "surrogatepass")


def _full(raw: bytes | str, *, carrier: bool) -> Any:
    encoded = raw.encode() if isinstance(raw, str) else raw
    try:
        return _looked_at_in_full(raw, encoded, carrier=carrier)
    except StrictJsonError as error:
        return error.code


def _answer(raw: bytes | str, *, carrier: bool) -> Any:
    try:
        return loads(raw, max_bytes=1_000_000, carrier=carrier)
    except StrictJsonError as error:
        return error.code


@given(
    raw=st.builds(_compact, st.dictionaries(st.text(max_size=3), VALUES) | VALUES, st.booleans()),
    carrier=st.booleans(),
)
@example(raw=b'{"a":1,"a":1}', carrier=True)
@example(raw=b'{"a":{"b":[{"c":1.5}]}}', carrier=True)
@example(raw=b'{"a":-0}', carrier=True)
@example(raw=b'{"a":9007199254740993}', carrier=True)
@example(raw=b'{"a":99999999999999999999}', carrier=True)
@example(raw=b'{"a":1}\n', carrier=False)
@example(raw=b'{"a":"\x7f"}', carrier=False)
def test_both_ways_give_the_same_answer(raw: bytes, *, carrier: bool) -> None:
    assert repr(_answer(raw, carrier=carrier)) == repr(_full(raw, carrier=carrier))
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return
    assert repr(_answer(text, carrier=carrier)) == repr(_full(text, carrier=carrier))


@given(st.integers(25, 40), st.booleans())
def test_depth_is_the_same_either_way(levels: int, filled: bool) -> None:  # noqa: FBT001  drawn
    raw = b'{"a":' + b"[" * levels + b"1" * filled + b"]" * levels + b"}"
    assert _answer(raw, carrier=False) == _full(raw, carrier=False)


def test_what_most_senders_write_takes_the_short_cut() -> None:
    raw = orjson.dumps({"tên": "Nguyễn Thị Hạnh", "rows": [{"n": 1}], "note": 'a "quoted" word'})
    assert _answer(raw, carrier=False) == json.loads(raw)
