from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from services.ebook.core.book import Book, canonical, entry_ids, initial_book
from services.ebook.core.projection import evolve, fold, foldable
from services.ebook.core.totals import totals
from tests.ebook_builders import (
    AT,
    BENEFIT,
    CONTRIBUTION,
    UNEMPLOYMENT,
    a_row,
    changes_of,
    decided,
    received,
    renamed,
    settled,
)

CCCD, SI = "CCCD|001190012345", "SI|0190012345"


def changes(*facts: dict[str, Any], decision: str = "77/QĐ-BHXH") -> list[Any]:
    one = settled(a_row(1, CCCD, SI, facts=facts), decision=decision)
    return changes_of(one, decided(one))


def a_book(*steps: Any) -> Book:
    person = steps[0].data.person_id
    placed = [received(event, 2, offset) for offset, event in enumerate(steps)]
    return fold(initial_book(person), placed).book


def test_a_benefit_reaches_section_c_with_its_settlement() -> None:
    steps = changes(BENEFIT)
    book = a_book(*steps)
    (benefit,) = book.content["benefits"]
    assert benefit == {
        "id": str(steps[2].id),
        "settlement_id": str(steps[2].data.settlement.settlement_id),
        "row": 1,
        "decision_number": "77/QĐ-BHXH",
        "regime": "ONE_TIME",
        "from_date": "2026-12-01",
        "to_date": None,
        "amount": "84500000",
        "payment": "BANK",
    }
    assert [(a["type"], a["value"]) for a in book.content["aliases"]] == [
        ("CCCD", "001190012345"),
        ("SI", "0190012345"),
    ]
    assert book.content["identity"] == {
        "name": "Nguyễn Thị Hạnh",
        "birth_date": "1990-03-08",
        "sex": "FEMALE",
    }
    assert book.content["settlements"][0]["received_at"] == "2026-11-23T01:02:03.456000+00:00"
    assert (book.positions, book.updated_at) == ({"2": 3}, AT)


def test_a_correction_changes_the_value_and_keeps_the_old_one() -> None:
    first = changes(renamed("Nguyễn Thị Hanh"))
    second = changes(renamed("Nguyễn Thị Hạnh", "Nguyễn Thị Hanh"), decision="2")
    book = a_book(*first, *second)
    history = [(e["field"], e["old"], e["new"]) for e in book.content["identity_history"]]
    assert history == [
        ("name", None, "Nguyễn Thị Hanh"),
        ("name", "Nguyễn Thị Hanh", "Nguyễn Thị Hạnh"),
    ]
    assert book.content["identity"]["name"] == "Nguyễn Thị Hạnh"


def test_a_correction_without_an_old_value_keeps_what_the_book_said() -> None:
    book = a_book(*changes(renamed("Lê Văn An")), *changes(renamed("Lê Văn Ân"), decision="2"))
    assert book.content["identity_history"][1]["old"] == "Lê Văn An"


def test_a_later_settlement_does_not_undo_a_corrected_name() -> None:
    corrected = a_book(*changes(renamed("Nguyễn Thị Hạnh Dung")))
    (last,) = changes(decision="2")[-1:]
    assert evolve(corrected, last).content["identity"]["name"] == "Nguyễn Thị Hạnh Dung"


def test_evolve_leaves_the_book_it_was_given_alone() -> None:
    steps = changes(BENEFIT, renamed("Nguyễn Thị Hạnh"))
    book = a_book(*steps[:2])
    before = json.dumps(book.content)
    for change in steps[2:]:
        evolve(book, change)
    assert json.dumps(book.content) == before


def test_redelivered_steps_change_nothing_and_are_not_fresh() -> None:
    steps = [received(event, 0, offset) for offset, event in enumerate(changes(BENEFIT))]
    once = fold(initial_book("p"), steps)
    again = fold(once.book, steps)
    assert again.book is once.book
    assert (len(once.fresh), again.fresh) == (4, ())


def test_a_repeat_at_a_new_offset_moves_only_the_position() -> None:
    events = changes(BENEFIT)
    book = a_book(*events)
    repeat = fold(book, [received(events[2], 2, 900)])
    assert repeat.fresh == ()
    assert repeat.book.content == book.content
    assert repeat.book.positions == {"2": 900}


def test_seen_is_bounded_and_entries_are_remembered_for_ever() -> None:
    steps = changes(*[BENEFIT] * 200)
    book = a_book(*steps)
    assert len(book.seen) == 64
    assert fold(book, [received(steps[3], 2, 900)]).fresh == ()
    assert len(set(entry_ids(book.content))) == len(steps)


def test_updated_at_is_the_newest_receipt() -> None:
    steps = changes(BENEFIT)
    late = steps[-1].model_copy(update={"received_at": AT + timedelta(hours=1)})
    early = steps[-2].model_copy(update={"received_at": AT - timedelta(hours=1)})
    assert a_book(*steps[:-2], late, early).updated_at == AT + timedelta(hours=1)
    assert evolve(a_book(*steps[:-2], late), early).updated_at == AT + timedelta(hours=1)


def test_canonical_content_has_no_position() -> None:
    steps = changes(BENEFIT, CONTRIBUTION)
    person = steps[0].data.person_id
    here = fold(initial_book(person), [received(e, 0, o) for o, e in enumerate(steps)]).book
    there = fold(initial_book(person), [received(e, 5, 9 + o) for o, e in enumerate(steps)]).book
    assert here != there
    assert canonical(here) == canonical(there)
    assert json.loads(canonical(here))["content"]["benefits"][0]["amount"] == "84500000"
    assert "Hạnh".encode() in canonical(here)


def test_merging_is_not_foldable_yet() -> None:
    from schemas.ebook import MergedAway, MergedAwayData  # noqa: PLC0415  only here

    step = changes(BENEFIT)[0]
    data = MergedAwayData(
        person_id="p", settlement=step.data.settlement, into_person_id="q", fact_ids=()
    )
    merged = MergedAway.derive(step.as_cause("x/0/0"), "p", ("s",), data)
    assert not foldable(merged)
    assert foldable(step)


def contribution(first: str, last: str, **changed: str) -> dict[str, Any]:
    return {**CONTRIBUTION, "from_month": first, "to_month": last, **changed}


def test_a_month_counts_once_per_scheme_and_once_in_all() -> None:
    book = a_book(
        *changes(
            contribution("2025-11", "2026-02"),
            contribution("2026-02", "2026-03", unit_code="TB9999B"),
            contribution("2026-03", "2026-04", scheme="VOLUNTARY"),
            UNEMPLOYMENT,
            {**UNEMPLOYMENT, "months_contributed": 25},
        )
    )
    sums = totals(book.content)
    assert (sums.compulsory_months, sums.voluntary_months, sums.contribution_months) == (5, 2, 6)
    assert sums.unemployment_months_contributed == 25
    assert sums.unemployment_months_reserved == 12


def test_a_decrease_takes_the_months_of_that_unit_back() -> None:
    book = a_book(
        *changes(
            contribution("2026-01", "2026-06"),
            contribution("2026-05", "2026-05", unit_code="TB9999B"),
            contribution("2026-05", "2026-12", reason="DECREASE"),
        )
    )
    assert totals(book.content).compulsory_months == 5


def test_an_empty_book_has_no_months() -> None:
    sums = totals(initial_book("p").content)
    assert (sums.contribution_months, sums.unemployment_months_contributed) == (0, None)
