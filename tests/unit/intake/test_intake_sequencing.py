from __future__ import annotations

from typing import Any

import pytest

from schemas.content import text_sha256
from schemas.intake import (
    DossierDuplicated,
    DossierRefused,
)
from tests.intake_answers import answers, says
from tests.portal_records import (
    TOPIC,
    content,
    filed,
    settled,
    settlement,
    supplemented,
    text_of,
    withdrawn,
)

OTHER = "G09.20-20261109-0000001"
FIRST = text_sha256(text_of(content()))


def second(**changes: Any) -> dict[str, Any]:
    return supplemented(2, FIRST, **changes)


def test_the_same_content_again_is_a_duplicate_that_names_the_first() -> None:
    _, again = answers(filed(), filed() | {"id": "portal-2"})
    assert isinstance(again, DossierDuplicated)
    assert again.data.first_origin == f"{TOPIC}/0/0"


def test_other_content_under_the_same_version_is_a_conflict_without_a_letter() -> None:
    other = filed(content(created_at="2026-11-09T10:00:00+07:00"))
    _, conflict = answers(filed(), other)
    assert isinstance(conflict, DossierRefused)
    assert conflict.data.reason == "CONFLICT"
    assert (conflict.data.header, conflict.data.portal_status) == (None, None)


def test_a_refused_version_occupies_its_key_and_its_supplement_names_it() -> None:
    bad = content(attachments=[])
    values = [filed(bad), filed(), supplemented(2, text_sha256(text_of(bad)))]
    assert says(*values) == ["DEFECTS", "CONFLICT", "DossierSubmitted"]


def test_versions_follow_each_other_by_the_digest_of_the_text() -> None:
    third = text_sha256(text_of(content(version=2, replaces=FIRST)))
    assert says(filed(), second(), supplemented(3, third)) == ["DossierSubmitted"] * 3


@pytest.mark.parametrize(
    "value",
    [
        supplemented(2, "0" * 64),
        supplemented(3, FIRST),
        supplemented(1, FIRST),
        filed(content(version=2)),
        filed(content(replaces=FIRST)),
    ],
)
def test_an_unknown_or_gapped_version_is_refused_without_a_letter(value: dict[str, Any]) -> None:
    refused = answers(filed(content(dossier_code=OTHER)), value)[1]
    assert isinstance(refused, DossierRefused)
    assert refused.data.reason == "UNKNOWN_VERSION"
    assert (refused.data.header, refused.data.portal_status) == (None, None)


def test_a_gap_after_a_known_version_is_unknown_too() -> None:
    assert says(filed(), supplemented(3, FIRST)) == ["DossierSubmitted", "UNKNOWN_VERSION"]


def test_of_withdrawal_and_settlement_the_first_wins() -> None:
    assert says(filed(), withdrawn(), settled())[1:] == ["WithdrawalSubmitted", "ALREADY_WITHDRAWN"]
    assert says(filed(), settled(), withdrawn())[1:] == ["SettlementSubmitted", "ALREADY_SETTLED"]


def test_nothing_follows_a_withdrawal() -> None:
    assert says(filed(), withdrawn(), second())[2] == "ALREADY_WITHDRAWN"


def test_a_withdrawal_or_settlement_out_of_turn_may_come_again_in_turn() -> None:
    assert says(withdrawn(), filed(), withdrawn()) == [
        "UNKNOWN_DOSSIER",
        "DossierSubmitted",
        "WithdrawalSubmitted",
    ]
    assert says(settled(), filed(), settled()) == [
        "UNKNOWN_DOSSIER",
        "DossierSubmitted",
        "SettlementSubmitted",
    ]


def test_a_settlement_of_a_version_that_was_not_submitted_is_refused() -> None:
    assert says(filed(), settled(settlement(version=2)))[1] == "UNKNOWN_VERSION"
    assert says(filed(content(attachments=[])), settled())[1] == "UNKNOWN_VERSION"


def test_a_refused_dossier_may_be_withdrawn_while_somebody_can_be_written_to() -> None:
    assert says(filed(content(attachments=[])), withdrawn())[1] == "WithdrawalSubmitted"
    unreadable = filed(content={"kind": "text", "text": "?"})
    assert says(unreadable, withdrawn())[1] == "UNKNOWN_DOSSIER"


def test_a_forged_settlement_does_not_block_the_true_one() -> None:
    forged = settlement(decided_at="2026-11-13T15:00:00+07:00")
    assert says(filed(), settled(forged), settled())[1:] == ["SettlementSubmitted"] * 2


def test_a_copied_text_that_a_forger_signed_does_not_block_the_true_settlement() -> None:
    forged = settled(signatures=[{"protected": "e30", "signature": "Zm9yZ2Vk"}])
    _, first, true, again = answers(filed(), forged, settled(), settled())
    assert [first.type, true.type] == ["SettlementSubmitted"] * 2
    assert first.id != true.id
    assert isinstance(again, DossierDuplicated)
    assert again.data.first_origin == true.origin


def test_a_withdrawal_with_another_reason_is_a_conflict() -> None:
    values = (filed(), withdrawn(), withdrawn(), withdrawn(reason="Khác"))
    assert says(*values)[1:] == ["WithdrawalSubmitted", "DossierDuplicated", "CONFLICT"]
