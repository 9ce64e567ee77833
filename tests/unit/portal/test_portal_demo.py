import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from services.portal.accounts import one_per_line
from services.portal.picture import Picture
from services.portal.pki import Pki
from services.portal.scenes import SCENES
from services.portal.script import Script, write_script
from services.portal.summary import differences

EXPECTED = Path(__file__).parents[3] / "deploy" / "local" / "expected.json"


@pytest.fixture(scope="module")
def script(pki: Pki) -> Script:
    return write_script(pki)


def event(type_: str, data: dict[str, Any], number: int = 1) -> dict[str, Any]:
    return {
        "id": f"{type_}-{number}",
        "type": type_,
        "receivedat": "2026-07-01T00:00:00Z",
        "data": {"dossier_code": "G12.20.164-20260701-0000001", "version": 1, **data},
    }


def test_the_committed_expectation_is_what_the_rules_say_with_any_keys(script: Script) -> None:
    assert EXPECTED.read_text() == one_per_line(script.expected.as_json())


def test_the_demo_files_about_sixty_dossiers_and_every_record_gets_one_answer(
    script: Script,
) -> None:
    assert 50 <= len(SCENES) <= 70
    assert len(script.scenes) == len(SCENES)
    answers = sum(len(account.intake) for account in script.expected.dossiers.values())
    answers += script.expected.unreadable.total()
    assert answers == len(script.filings) + len(script.followups)


def test_rows_of_a_completed_settlement_are_done_or_refused_and_each_done_row_is_in_a_book(
    script: Script,
) -> None:
    done = sum(
        len(rows["done"])
        for account in script.expected.dossiers.values()
        for rows in account.completed.values()
    )
    assert done == sum(book["settlements"] for book in script.expected.books.values())


def test_a_repeated_event_counts_once() -> None:
    picture = Picture()
    for _ in range(2):
        picture.add("intake.dossier.v1", event("DossierSubmitted", {"portal_status": 1}))
    (account,) = picture.result.dossiers.values()
    assert account.intake == ["DossierSubmitted"]
    assert account.statuses == {1}


def test_a_letter_is_counted_with_the_time_it_took() -> None:
    picture = Picture()
    sent = {
        "kind": "01",
        "recipient": "SUBMITTER",
        "message_id": "<x@hoso>",
        "sent_at": "2026-07-01T00:00:02.500Z",
        "portal_status": 2,
    }
    picture.add("receipt.letter.v1", event("LetterSent", sent))
    assert [delay.seconds for delay in picture.delays] == [2.5]
    assert picture.message_ids == {"<x@hoso>": "G12.20.164-20260701-0000001"}


def test_an_unreadable_record_and_a_dead_letter_belong_to_no_dossier() -> None:
    picture = Picture()
    picture.add("intake.dossier.v1", event("RecordUnreadable", {"reason": "EMPTY"}))
    picture.add("intake.dossier.v1.receipt.dlt", event("RecordDeadLettered", {}))
    assert picture.result.unreadable == Counter({"EMPTY": 1})
    assert picture.result.dead_letters == 1
    assert not picture.result.dossiers


def test_what_did_not_happen_is_named(script: Script) -> None:
    found = differences(script, Picture())
    assert len(found) == len(SCENES) + len(script.expected.books) + 1
    assert json.loads(EXPECTED.read_text())["dead_letters"] == 0
