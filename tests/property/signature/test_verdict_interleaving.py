"""Laws: a redelivered or differently cut batch gives the same events; retries change nothing."""

from __future__ import annotations

import itertools
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.signature import SIGNATURE_EVENT
from services.signature.core.batch import Decision, decide
from services.signature.core.decisions import Rules
from services.signature.core.dossier import Dossier, RetryPlan
from tests.signature_builders import (
    CODE,
    POLICY,
    agency,
    evidence,
    person,
    received,
    settled,
    signed,
    submitted,
)

RULES = Rules(evidence(), POLICY, RetryPlan())
TRUE = settled()
RECORDS = [
    received(event, offset)
    for offset, event in enumerate(
        (
            submitted(),
            settled(person(), note="giả"),
            settled(person(), text=TRUE.data.text),
            TRUE,
            settled(text=TRUE.data.text),
            settled(note="khác"),
            submitted(signed(text="x"), version=2),
            settled(version=2, decision="13/QĐ-BHXH"),
            settled(agency("G09.21"), version=3),
        )
    )
]


def run(batches: list[list[Any]]) -> list[bytes]:
    """Every event of every batch, with the store in between."""
    known: dict[str, Dossier] = {}
    encoded: list[bytes] = []
    for batch in batches:
        decision: Decision = decide(batch, known, RULES)
        dossier = known.get(CODE, Dossier(CODE))
        for version in decision.changed:
            dossier = dossier.with_version(version)
        known[CODE] = dossier
        encoded += [event.encode() for event in decision.events]
    return encoded


WHOLE = run([RECORDS])


def test_different_records_have_events_with_different_ids() -> None:
    assert len({SIGNATURE_EVENT.validate_json(raw).id for raw in WHOLE}) == len(RECORDS)


@given(st.lists(st.integers(0, len(RECORDS)), max_size=4))
@settings(max_examples=25, deadline=None)
def test_where_batches_are_cut_changes_no_event(cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(RECORDS)]
    batches = [RECORDS[a:b] for a, b in itertools.pairwise(edges)]
    assert run(batches) == WHOLE


@given(st.integers(0, len(RECORDS)), st.integers(0, len(RECORDS)))
@settings(max_examples=25, deadline=None)
def test_a_redelivered_part_adds_no_new_event(one: int, other: int) -> None:
    start, end = sorted((one, other))
    again = run([RECORDS[:end], RECORDS[start:end], RECORDS[end:]])
    assert list(dict.fromkeys(again)) == WHOLE
