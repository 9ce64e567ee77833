"""Whatever bytes come, each record has exactly one answer, and no exception is one."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from schemas.intake import INTAKE_EVENT
from services.chassis.records import Received
from services.intake.core.decision import decide
from services.intake.core.decoding import decode
from tests.portal_records import CODE, as_record, content, d02, filed, settled, text_of, withdrawn

SOUND = [json.dumps(value).encode() for value in (filed(), settled(), withdrawn())]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


def check(raw: bytes, key: bytes | None = CODE.encode()) -> None:
    record = as_record(raw, key=key)
    decisions = decide([Received(decode(record), record)], [])
    [event] = decisions.events
    assert event.origin == record.origin
    assert INTAKE_EVENT.validate_json(event.encode()) == event


@given(st.binary(), st.none() | st.binary())
def test_any_bytes_and_any_key_are_answered(raw: bytes, key: bytes | None) -> None:
    check(raw, key)


@given(st.sampled_from(SOUND), st.data())
def test_a_sound_record_with_bytes_changed_is_answered(raw: bytes, data: st.DataObject) -> None:
    changed = bytearray(raw)
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(changed) - 1))
        changed[at] = data.draw(st.integers(0, 255))
    check(bytes(changed))


def paths_in(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place inside a JSON value."""
    inside = value.items() if isinstance(value, dict) else enumerate(value)
    found = []
    for step, child in inside:
        found.append((*at, step))
        if isinstance(child, (dict, list)):
            found += paths_in(child, (*at, step))
    return found


def with_changed(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    copy = json.loads(json.dumps(value))
    at = copy
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = new
    return copy


@given(st.sampled_from([filed(), settled(), withdrawn()]), JSON, st.data())
def test_any_value_in_any_place_of_the_envelope_is_answered(
    value: dict[str, Any], new: Any, data: st.DataObject
) -> None:
    path = data.draw(st.sampled_from(paths_in(value)))
    check(json.dumps(with_changed(value, path, new)).encode())


TEXT = content(forms=[*content()["forms"], d02(2)])


@given(JSON, st.sampled_from(paths_in(TEXT)))
def test_any_value_in_any_place_of_the_text_is_answered(new: Any, path: tuple[Any, ...]) -> None:
    changed = with_changed(TEXT, path, new)
    text = json.dumps(changed, ensure_ascii=True)
    check(json.dumps(filed(content={"kind": "text", "text": text})).encode())


@given(JSON.filter(lambda value: value not in (None, "")))
def test_no_refusal_repeats_what_a_wrong_field_says(new: Any) -> None:
    changed = with_changed(TEXT, ("forms", 0, "birth_date"), ["CANARY", new])
    text = text_of(changed) if "\\ud" not in json.dumps(new) else "CANARY"
    record = as_record(filed(content={"kind": "text", "text": text}))
    [event] = decide([Received(decode(record), record)], []).events
    assert b"CANARY" not in event.encode()
