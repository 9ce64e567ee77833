from __future__ import annotations

import pytest

from services.chassis.errors import PermanentError
from services.chassis.records import Record
from services.ebook.core.splitting import AuthenticatedSettlement
from services.ebook.handlers import decode_change, decode_verdict
from tests.ebook_builders import a_row, authenticated


def raw(value: bytes) -> Record:
    return Record("t", 0, 0, b"key", value, 0, True)  # noqa: FBT003


def test_an_authenticated_settlement_is_decoded_with_its_text() -> None:
    event = authenticated(a_row(1, "CCCD|001190012345"))
    decoded = decode_verdict(raw(event.encode()))
    assert isinstance(decoded, AuthenticatedSettlement)
    assert decoded.settlement.rows[0].row == 1


@pytest.mark.parametrize("text", ['{"rows": 1}', "not json", '{"name": "Canary"}'])
def test_a_text_that_is_no_settlement_is_a_dead_letter_without_values(text: str) -> None:
    event = authenticated(a_row(1, "CCCD|001190012345"))
    data = event.data.model_copy(update={"text": text})
    with pytest.raises(PermanentError, match="UNDECODABLE") as raised:
        decode_verdict(raw(event.model_copy(update={"data": data}).encode()))
    assert "Canary" not in str(raised.value)
    assert "not json" not in str(raised.value)


def test_a_settlement_that_names_another_dossier_is_a_dead_letter() -> None:
    event = authenticated(a_row(1, "CCCD|001190012345"))
    data = event.data.model_copy(update={"version": 2})
    with pytest.raises(PermanentError, match="MISMATCH version"):
        decode_verdict(raw(event.model_copy(update={"data": data}).encode()))


def test_changes_that_this_version_cannot_fold_are_dead_letters() -> None:
    value = (
        b'{"specversion":"1.0","id":"6f1d3f3c-7d2b-5c0e-9f3a-000000000001","type":"%s",'
        b'"source":"ebook","subject":"p","time":"2026-11-23T01:02:03Z","correlationid":"c",'
        b'"origin":"t/0/0","receivedat":"2026-11-23T01:02:03Z","data":{"person_id":"p",'
        b'"settlement":{"settlement_id":"6f1d3f3c-7d2b-5c0e-9f3a-000000000002",'
        b'"dossier_code":"c","version":1,"decision_number":"1","agency":"a","row":1},'
        b'"into_person_id":"q","from_person_id":"q","fact_ids":[],"contested_ids":[]}}'
    )
    for unsupported in (b"MergedAway", b"MergedIn", b"EntryContested", b"Unheard"):
        with pytest.raises(PermanentError) as raised:
            decode_change(raw(value % unsupported))
        assert raised.value.reason == "UNSUPPORTED_TYPE"
