from __future__ import annotations

from collections import Counter

import pytest

from schemas.ebook import AliasAssigned, DossierCompleted, SettlementRecorded
from schemas.parties import Identifier
from services.ebook.core.identity import person_id
from services.ebook.core.splitting import inconsistency, progress_of
from tests.ebook_builders import (
    BENEFIT,
    CODE,
    CONTRIBUTION,
    KEY,
    UNEMPLOYMENT,
    a_row,
    changes_of,
    decided,
    renamed,
    settled,
)

CCCD, SI, OTHER = "CCCD|001190012345", "SI|0190012345", "CCCD|001190099999"
PERSON = person_id(KEY, Identifier(type="CCCD", value="001190012345"))


def test_a_row_yields_aliases_then_facts_in_the_agencys_order_then_the_last_change() -> None:
    facts = (BENEFIT, CONTRIBUTION, BENEFIT, UNEMPLOYMENT, renamed("Nguyễn Thị Hạnh"))
    one = settled(a_row(7, SI, CCCD, facts=facts))
    changes = changes_of(one, decided(one))
    assert [c.type for c in changes] == [
        "AliasAssigned",
        "AliasAssigned",
        "BenefitRecorded",
        "ContributionRecorded",
        "BenefitRecorded",
        "UnemploymentRecorded",
        "IdentityRecorded",
        "SettlementRecorded",
    ]
    assert [c.data.ordinal for c in changes] == [0, 1, 0, 0, 1, 0, 0, 0]
    assert [c.data.last for c in changes] == [False] * 7 + [True]
    assert {c.subject for c in changes} == {c.data.person_id for c in changes} == {PERSON}
    assert len({c.id for c in changes}) == len(changes)
    assert {c.data.settlement.row for c in changes} == {7}
    assert {str(c.data.settlement.settlement_id) for c in changes} == {one.id}


def test_every_change_names_the_record_it_answers_and_the_one_clock() -> None:
    one = settled(a_row(1, CCCD))
    for change in changes_of(one, decided(one)):
        assert change.origin == "signature.verdict.v1/0/0"
        assert change.causation_id == one.event.id
        assert (change.time, change.received_at) == (one.event.received_at,) * 2
        assert change.correlation_id == CODE


def test_a_redelivered_settlement_repeats_its_bytes_also_when_others_came_to_rely_on_it() -> None:
    one = settled(a_row(1, CCCD, SI), a_row(2, OTHER))
    known = decided(one)
    before = [c.encode() for c in changes_of(one, known)]
    later = settled(a_row(1, SI, "PASSPORT|C1234567"), decision="78/QĐ-BHXH")
    assert [c.encode() for c in changes_of(one, decided(later, known=known))] == before


def test_only_the_row_that_assigned_an_alias_tells_of_it() -> None:
    first = settled(a_row(1, CCCD))
    later = settled(a_row(1, CCCD, SI), decision="78/QĐ-BHXH")
    known = decided(later, known=decided(first))
    assigned = [c for c in changes_of(later, known) if isinstance(c, AliasAssigned)]
    assert [c.data.identifier.type for c in assigned] == ["SI"]
    assert {c.subject for c in assigned} == {PERSON}


def test_two_rows_of_the_same_new_person_go_to_one_book() -> None:
    one = settled(a_row(1, CCCD), a_row(2, SI, CCCD))
    changes = changes_of(one, decided(one))
    assert {c.subject for c in changes} == {PERSON}
    last = [c.data.settlement.row for c in changes if c.data.last]
    assert last == [1, 2]


def test_a_row_refused_by_the_agency_keeps_its_reasons_and_changes_nothing() -> None:
    one = settled(a_row(1, CCCD, outcome="REFUSED", reasons=["Chưa đủ điều kiện"]), a_row(2, OTHER))
    known = decided(one)
    progress = progress_of(one, known, one.event.as_cause("x/0/0"))
    assert [(r.row, r.reasons) for r in progress.refused] == [(1, ("Chưa đủ điều kiện",))]
    assert set(known) == {OTHER}
    assert {c.data.settlement.row for c in changes_of(one, known)} == {2}


def test_a_row_whose_identifiers_are_two_peoples_is_refused() -> None:
    first = settled(a_row(1, CCCD), a_row(2, "SI|0999999999"))
    known = decided(first)
    mixed = settled(a_row(1, CCCD, "SI|0999999999", "PASSPORT|C1"), decision="78/QĐ-BHXH")
    after = decided(mixed, known=known)
    (event,) = changes_of(mixed, after)
    assert isinstance(event, DossierCompleted)
    assert [(r.row, r.reasons) for r in event.data.refused] == [(1, ("ALIAS_CONFLICT",))]
    assert set(after) == set(known)


def test_a_tax_code_alone_names_no_person() -> None:
    one = settled(a_row(1, "MST|0101243150"))
    (event,) = changes_of(one, decided(one))
    assert isinstance(event, DossierCompleted)
    assert event.data.refused[0].reasons == ("NO_PERSON_IDENTIFIER",)


def test_a_settlement_without_changes_is_complete_at_once() -> None:
    one = settled(a_row(1, CCCD, outcome="REFUSED"), a_row(2, OTHER, outcome="REFUSED"))
    (event,) = changes_of(one, decided(one))
    assert isinstance(event, DossierCompleted)
    assert (event.subject, event.data.expected, event.data.done) == (CODE, 2, ())
    assert event.data.portal_status == 9
    assert event.data.dossier_code == CODE


def test_the_last_change_brings_the_newest_name() -> None:
    one = settled(a_row(1, CCCD, name="Nguyễn Thị Hanh", facts=[renamed("Nguyễn Thị Hạnh")]))
    last = changes_of(one, decided(one))[-1]
    assert isinstance(last, SettlementRecorded)
    assert (last.data.name, last.data.birth_date) == ("Nguyễn Thị Hạnh", "1990-03-08")


def test_a_row_without_facts_is_still_recorded() -> None:
    one = settled(a_row(1, CCCD, facts=[]))
    types = Counter(c.type for c in changes_of(one, decided(one)))
    assert types == {"AliasAssigned": 1, "SettlementRecorded": 1}


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"dossier_code": "G12.01-20261122-0000002"}, "MISMATCH dossier_code"),
        ({"version": 2}, "MISMATCH version"),
        ({"decision_number": "1"}, "MISMATCH decision_number"),
        ({"agency": "G12.02"}, "MISMATCH agency"),
    ],
)
def test_a_text_that_disagrees_with_its_event_is_seen(
    changed: dict[str, object], fault: str
) -> None:
    one = settled(a_row(1, CCCD))
    assert inconsistency(one.event, one.settlement) is None
    assert inconsistency(one.event, one.settlement.model_copy(update=changed)) == fault


def test_repeated_row_numbers_are_seen() -> None:
    one = settled(a_row(1, CCCD), a_row(1, OTHER))
    assert inconsistency(one.event, one.settlement) == "REPEATED rows.row"


def test_a_text_under_another_key_is_seen() -> None:
    one = settled(a_row(1, CCCD))
    event = one.event.model_copy(update={"subject": "G12.01-20261122-0000002"})
    assert inconsistency(event, one.settlement) == "MISMATCH subject"
