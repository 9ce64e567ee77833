from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from schemas.content import text_sha256
from schemas.envelope import derive_id
from schemas.intake import (
    INTAKE_EVENT,
    DossierDuplicated,
    DossierRefused,
    DossierSubmitted,
    RecordUnreadable,
    SettlementSubmitted,
    WithdrawalSubmitted,
)
from services.intake.core.decision import decide
from services.intake.core.deduplication import Row
from tests.intake_answers import answers
from tests.portal_records import (
    CODE,
    SIGNATURE,
    TOPIC,
    content,
    filed,
    filed_data,
    received,
    settled,
    settlement,
    supplemented,
    text_of,
    withdrawn,
)

FIRST = text_sha256(text_of(content()))
ROW = settlement()["rows"]


def second(**changes: Any) -> dict[str, Any]:
    return supplemented(2, FIRST, **changes)


def test_every_record_is_answered_once_with_its_origin() -> None:
    values: list[dict[str, Any] | bytes] = [
        filed(),
        b"?",
        filed(),
        second(),
        withdrawn(),
        settled(),
    ]
    events = answers(*values)
    assert [event.origin for event in events] == [f"{TOPIC}/0/{n}" for n in range(len(values))]
    assert len({event.id for event in events}) == len(values)


def test_a_filed_dossier_goes_on_with_its_text_byte_for_byte() -> None:
    [event] = answers(filed())
    assert isinstance(event, DossierSubmitted)
    assert event.data.text == text_of(content())
    assert event.data.content_sha256 == FIRST
    assert (event.subject, event.correlation_id, event.causation_id) == (CODE, CODE, None)
    assert event.data.portal_status == 1


def test_the_portals_own_event_id_has_no_part_in_ours() -> None:
    assert answers(filed())[0] == answers(filed() | {"id": "portal-2"})[0]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (filed(), derive_id("DossierSubmitted", CODE, 1)),
        (b"?", derive_id("RecordUnreadable", f"{TOPIC}/0/0")),
        (withdrawn(), derive_id("DossierRefused", CODE, f"{TOPIC}/0/0")),
    ],
)
def test_ids_are_derived_as_the_contract_says(value: Any, expected: UUID) -> None:
    assert answers(value)[0].id == expected


def test_ids_of_withdrawal_and_settlement_are_those_of_the_facts() -> None:
    assert answers(filed(), withdrawn())[1].id == derive_id("WithdrawalSubmitted", CODE)
    digest = text_sha256(text_of(settlement()))
    signature = text_sha256(f"{SIGNATURE['protected']}.{SIGNATURE['signature']}")
    assert answers(filed(), settled())[1].id == derive_id(
        "SettlementSubmitted", CODE, "123/QĐ-BHXH", digest, signature
    )


def test_an_unreadable_record_is_keyed_by_its_origin_and_copies_nothing() -> None:
    [event] = answers(b'{"CANARY": "CANARY"')
    assert isinstance(event, RecordUnreadable)
    assert event.subject == event.correlation_id == f"{TOPIC}/0/0"
    assert b"CANARY" not in event.encode()


@pytest.mark.parametrize(
    ("value", "reason", "codes"),
    [
        (settled(content={"kind": "text", "text": "?"}), "CONTENT_UNREADABLE", ["NOT_JSON"]),
        (settled(settlement(rows=[])), "DEFECTS", ["FIELD_TOO_SHORT"]),
        (settled(decision_number="9"), "DEFECTS", ["DECISION_NUMBER_MISMATCH"]),
        (settled(settlement(rows=ROW * 3)), "DEFECTS", ["ROW_REPEATED", "ROW_REPEATED"]),
        (
            settled(settlement(rows=ROW * 2), decision_number="9"),
            "DEFECTS",
            ["DECISION_NUMBER_MISMATCH", "ROW_REPEATED"],
        ),
        (settled(settlement(rows=ROW * 300)), "DEFECTS", ["ROW_REPEATED"] * 199 + ["MORE"]),
    ],
)
def test_a_settlement_that_cannot_be_read_is_an_event_only(
    value: dict[str, Any], reason: str, codes: list[str]
) -> None:
    refused = answers(filed(), value)[1]
    assert isinstance(refused, DossierRefused)
    assert refused.data.reason == reason
    assert [defect.code for defect in refused.data.defects] == codes
    assert (refused.data.header, refused.data.portal_status) == (None, None)


def test_a_settlement_carries_its_text_and_agency() -> None:
    event = answers(filed(), settled())[1]
    assert isinstance(event, SettlementSubmitted)
    assert event.data.text == text_of(settlement())
    assert event.data.agency == "000.00.00.G12"


def test_an_unreadable_text_is_a_refusal_without_a_letter() -> None:
    [refused] = answers(filed(content={"kind": "text", "text": "?"}))
    assert isinstance(refused, DossierRefused)
    assert refused.data.reason == "CONTENT_UNREADABLE"
    assert (refused.data.header, refused.data.portal_status) == (None, 3)


def test_a_text_that_is_too_large_is_refused_and_not_copied() -> None:
    [refused] = answers(filed(content={"kind": "text", "text": " " * (2 * 1024 * 1024 + 1)}))
    assert isinstance(refused, DossierRefused)
    assert refused.data.reason == "CONTENT_TOO_LARGE"
    assert len(refused.encode()) < 2000


def test_a_dossier_out_of_scope_leaves_its_code_only() -> None:
    [refused] = answers(filed(managed={"submitter": True, "rows": [1]}))
    assert isinstance(refused, DossierRefused)
    assert refused.data.model_dump(exclude_none=True, exclude_defaults=True) == {
        "dossier_code": CODE,
        "record_type": "DossierFiled",
        "reason": "OUT_OF_SCOPE",
        "defects": (),
        "managed_rows": (1,),
        "portal_status": 3,
    }


def test_the_largest_text_still_fits_into_the_answer() -> None:
    room = 2 * 1024 * 1024 - len(text_of(content()).encode())
    [event] = answers(filed_with(text_of(content()) + "\n" * room))
    assert isinstance(event, DossierSubmitted)
    assert len(event.encode()) < 8 * 1024 * 1024


def filed_with(text: str) -> dict[str, Any]:
    return filed() | {"data": filed_data(text)}


def test_events_read_back_as_they_were_written() -> None:
    for event in answers(filed(), b"?", filed(), second(), settled(), withdrawn()):
        assert INTAKE_EVENT.validate_json(event.encode()) == event


def test_a_redelivery_gives_the_same_bytes_although_the_state_moved_on() -> None:
    batch = [received(value, n) for n, value in enumerate([filed(), withdrawn(), settled()])]
    first = decide(batch, [])
    for record, event in zip(batch, first.events, strict=True):
        again = decide([record], first.rows)
        assert again.events[0].encode() == event.encode()
        assert again.rows == []
    assert isinstance(first.events[1], WithdrawalSubmitted)


def test_a_row_of_a_record_in_another_partition_always_counts_as_earlier() -> None:
    row = Row(f"{CODE}|version|01", CODE, "VERSION", 1, FIRST, f"{TOPIC}/5/99", "SUBMITTED")
    [event] = decide([received(filed(), 0)], [row]).events
    assert isinstance(event, DossierDuplicated)


@pytest.mark.parametrize(
    ("forms", "code"),
    [
        ([{"form": "D02-LT", "rows": [{}] * 5000}] * 10, "FIELD_TOO_MANY_OBJECTS"),
        ([{"form": "D02-LT", "rows": [{}] * 5000}], "FIELD_TOO_MANY_FAULTS"),
    ],
)
def test_a_text_with_millions_of_faults_costs_little_and_is_answered(
    forms: list[dict[str, Any]], code: str
) -> None:
    # Nothing else of such a text was looked at, so nothing else of it may be relied on.
    [refused] = answers(filed(content(forms=forms, procedure=[], owner={"email": []})))
    assert isinstance(refused, DossierRefused)
    assert refused.data.defects[0].code == code
    assert refused.data.header is not None
