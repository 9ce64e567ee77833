import json
from base64 import urlsafe_b64decode
from typing import Any, get_args

import pytest

from schemas.content import ContentError, parse_content, parse_settlement, text_sha256
from schemas.forms import D02LT
from schemas.portal import MAX_RECORD_BYTES, PORTAL_RECORD, DossierSettled, FiledData
from services.portal.faults import EXPECTED, Fault
from services.portal.filing import Filed
from services.portal.mixing import mixed
from services.portal.pki import Pki
from services.portal.simulator import Simulator


@pytest.fixture
def sim(pki: Pki) -> Simulator:
    return Simulator(3, pki)


def data_of(filed: Filed) -> FiledData:
    assert filed.message.value is not None
    data = PORTAL_RECORD.validate_json(filed.message.value).data
    assert isinstance(data, FiledData)
    return data


def every_family(sim: Simulator) -> list[Filed]:
    return [
        sim.employer_list(5),
        sim.registration(3),
        sim.sickness(),
        sim.one_time(),
        sim.one_time(by_another=True),
        sim.identity_change(),
        sim.identity_change(by_employer=True),
    ]


def test_every_family_fits_the_contract_and_its_key_is_its_code(sim: Simulator) -> None:
    for filed in every_family(sim):
        content = parse_content(filed.text)
        data = data_of(filed)
        assert filed.message.key == filed.code.encode()
        assert filed.code == content.dossier_code == data.dossier_code
        assert content.submitter.identifier.value in "".join(filed.submitter.uids)
        bound = [attachment.model_dump() for attachment in content.attachments]
        carried = [a.model_dump(exclude={"inline", "uri"}) for a in data.attachments]
        assert bound == carried


def test_a_list_of_two_thousand_people_fits_one_record(sim: Simulator) -> None:
    filed = sim.employer_list(2000)
    assert filed.message.value is not None
    assert len(filed.message.value) < MAX_RECORD_BYTES
    form = parse_content(filed.text).forms[0]
    assert isinstance(form, D02LT)
    assert len(form.rows) == 2000
    settled = sim.settle(filed).message.value
    assert settled is not None
    assert len(settled) < MAX_RECORD_BYTES


def test_a_settlement_binds_the_dossiers_text_and_decides_every_person(sim: Simulator) -> None:
    for filed in every_family(sim):
        settled = sim.settle(filed)
        settlement = parse_settlement(settled.text)
        assert settlement.content_sha256 == text_sha256(filed.text)
        assert settlement.agency == parse_content(filed.text).agency
        people = [{i.value for i in row.person.identifiers} for row in settlement.rows]
        assert people == [{p.personal_id, p.si_code} for p in filed.subjects]
        assert all(row.outcome == "GRANTED" and row.facts for row in settlement.rows)


def test_a_refused_row_carries_reasons_and_no_facts(sim: Simulator) -> None:
    settlement = parse_settlement(sim.settle(sim.employer_list(2), ["GRANTED", "REFUSED"]).text)
    granted, refused = settlement.rows
    assert granted.facts
    assert not granted.reasons
    assert refused.reasons
    assert not refused.facts


def test_a_supplement_is_the_next_version_and_names_the_text_it_replaces(sim: Simulator) -> None:
    first = sim.bad("missing_component")
    second = sim.supplement(first)
    content = parse_content(second.text)
    assert (second.code, second.version) == (first.code, 2)
    assert content.replaces == data_of(second).replaces == text_sha256(first.text)
    assert not first.draft.papers
    assert second.draft.papers


def test_a_wrong_field_is_put_right_by_the_supplement(sim: Simulator) -> None:
    first = sim.bad("wrong_field")
    with pytest.raises(ContentError) as error:
        parse_content(first.text)
    assert not error.value.unreadable
    assert parse_content(sim.supplement(first).text).version == 2


def test_every_fault_has_an_expectation_and_only_a_wrong_field_breaks_the_form(
    sim: Simulator,
) -> None:
    assert set(EXPECTED) == set(get_args(Fault))
    for fault in set(EXPECTED) - {"wrong_field"}:
        assert parse_content(sim.bad(fault).text)


def test_a_flipped_byte_leaves_a_readable_text_that_nobody_signed(sim: Simulator) -> None:
    filed = sim.bad("flipped_byte")
    assertion = data_of(filed).eid_assertion
    assert assertion is not None
    claims = json.loads(urlsafe_b64decode(assertion.split(".")[1] + "=="))
    assert claims["content_sha256"] != text_sha256(filed.text)
    assert parse_content(filed.text).dossier_code == filed.code


def test_the_same_content_again_has_the_same_text_and_another_event_id(sim: Simulator) -> None:
    filed = sim.one_time()
    record, again = (
        json.loads(message.value or b"") for message in (filed.message, sim.again(filed))
    )
    assert again["data"]["content"] == record["data"]["content"]
    assert again["id"] != record["id"]
    assert sim.again(filed, other_event_id=False) == filed.message


def test_a_conflict_has_the_same_code_and_another_content(sim: Simulator) -> None:
    filed = sim.employer_list(2)
    conflict = sim.conflict(filed)
    assert conflict.key == filed.message.key
    text = json.loads(conflict.value or b"")["data"]["content"]["text"]
    assert text_sha256(text) != text_sha256(filed.text)
    assert parse_content(text).dossier_code == filed.code


def test_a_forged_settlement_claims_the_true_ones_number_with_another_text_and_signer(
    sim: Simulator,
) -> None:
    filed = sim.one_time()
    true, forged = sim.settle(filed), sim.forged_settlement(filed)
    assert true.decision_number == forged.decision_number
    assert text_sha256(true.text) != text_sha256(forged.text)
    chains = []
    for settled in (true, forged):
        assert settled.message.value is not None
        record = PORTAL_RECORD.validate_json(settled.message.value)
        assert isinstance(record, DossierSettled)
        header = json.loads(urlsafe_b64decode(record.data.signatures[0].protected + "=="))
        chains.append(header["x5c"])
    assert chains[0] != chains[1]


def test_a_forged_settlement_may_copy_the_true_ones_text(sim: Simulator) -> None:
    filed = sim.employer_list(3)
    true, forged = sim.settle(filed), sim.forged_settlement(filed, copied_text=True)
    assert forged.text == true.text
    assert forged.message.key == true.message.key
    assert forged.message.value != true.message.value


def test_a_mixture_has_every_kind_and_keeps_the_order_of_each_dossier(sim: Simulator) -> None:
    seen: dict[bytes | None, list[dict[str, Any]]] = {}
    labels = set()
    for record in mixed(sim, 1200, largest=8):
        labels.add(record.label)
        if record.label != "malformed":
            seen.setdefault(record.message.key, []).append(json.loads(record.message.value or b""))
    assert labels >= (set(EXPECTED) - {"crl_missing"}) | {
        "settlement", "forged settlement", "withdrawal", "supplement", "duplicate", "conflict",
    }  # fmt: skip
    for records in seen.values():
        versions = [r["data"].get("version", 99) for r in records]
        assert versions == sorted(versions)
        assert records[0]["type"] == "DossierFiled"
