"""Law: the short cut to a signed text's model never gives what the full look does not give."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from schemas.content import Content, ContentError, Settlement, _parse_in_full, _parse_plain
from schemas.parties import Written
from tests.portal_records import TK1, content, d02, settlement

SOUND: list[tuple[type[Written], dict[str, Any]]] = [
    (Content, content(forms=[TK1, d02(2)])),
    (Settlement, settlement()),
]
ODD = st.sampled_from(
    [
        '"x"',
        '"\\u0041"',
        '"\u202e"',
        '""',
        "0",
        "1",
        "1.0",
        "1e0",
        "-0",
        "9007199254740993",
        "null",
        "true",
        "[]",
        "[" * 40 + "]" * 40,
        "{}",
        '{"a":1,"a":1}',
        '"x","version":1',
        ' "x"',
    ]
)


def _places(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if not isinstance(value, (dict, list)):
        return [at]
    inside = value.items() if isinstance(value, dict) else enumerate(value)
    return [place for step, child in inside for place in _places(child, (*at, step))]


def _with(value: Any, place: tuple[Any, ...], odd: str) -> str:
    """The compact text, with `odd` where that leaf stood."""
    changed = at = json.loads(json.dumps(value))
    for step in place[:-1]:
        at = at[step]
    at[place[-1]] = "@"
    text = json.dumps(changed, ensure_ascii=False, separators=(",", ":"))
    return text.replace('"@"', odd)


def _agree(model: type[Written], text: str) -> bool:
    short = _parse_plain(model, text)
    try:
        return short is None or short == _parse_in_full(model, text)
    except ContentError:
        return False


@settings(deadline=None)
@given(st.sampled_from(SOUND), st.data())
def test_a_text_with_one_odd_value_is_read_as_the_full_look_reads_it(
    sound: tuple[type[Written], dict[str, Any]], data: st.DataObject
) -> None:
    model, value = sound
    text = _with(value, data.draw(st.sampled_from(_places(value))), data.draw(ODD))
    assert _agree(model, text)


@settings(deadline=None)
@given(st.sampled_from(SOUND), st.sampled_from(["1.0", "1e0", "9007199254740993"]))
@example(SOUND[0], "1.0")
def test_a_number_that_is_no_small_integer_is_left_to_the_full_look_wherever_it_stands(
    sound: tuple[type[Written], dict[str, Any]], number: str
) -> None:
    model, value = sound
    for place in _places(value):
        assert _parse_plain(model, _with(value, place, number)) is None


def test_a_sound_text_as_most_write_it_takes_the_short_cut() -> None:
    for model, value in SOUND:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        assert _parse_plain(model, text) == _parse_in_full(model, text)
        assert _parse_plain(model, json.dumps(value)) is None
