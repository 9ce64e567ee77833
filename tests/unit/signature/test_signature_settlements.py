"""Settlements: only the agency's own word on a validated version passes; the rest says why not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from schemas.content import text_sha256
from schemas.signature import SettlementAuthenticated
from services.signature.core.decisions import retry, settle, submit
from services.signature.core.dossier import Dossier
from tests import pki
from tests.pki import NOW
from tests.signature_builders import (
    CODE,
    TEXT,
    agency,
    authority,
    evidence,
    person,
    settled,
    signed,
    submitted,
)
from tests.signature_settling import ORIGIN, after, answer, reason, rules


def test_the_agencys_settlement_of_a_validated_version_is_authenticated() -> None:
    event = settled()
    _, authenticated = answer(after(submitted()), event)
    assert isinstance(authenticated, SettlementAuthenticated)
    assert authenticated.data.text == event.data.text
    assert authenticated.data.report.indication == "TOTAL_PASSED"
    assert authenticated.origin == ORIGIN
    assert authenticated.causation_id == event.id


def test_an_agency_may_be_named_by_its_bare_code() -> None:
    _, authenticated = answer(after(submitted()), settled(agency(prefix="")))
    assert isinstance(authenticated, SettlementAuthenticated)


def test_a_settlement_of_an_unknown_version_is_rejected_at_once() -> None:
    assert reason(Dossier(CODE), settled()) == "UNKNOWN_DOSSIER"
    assert reason(after(submitted()), settled(version=2)) == "UNKNOWN_DOSSIER"


def test_a_settlement_with_a_bad_signature_is_rejected() -> None:
    forged = settled(signature=signed(agency(), text="another text"))
    assert reason(after(submitted()), forged) == "SIGNATURE_INVALID"


def test_a_settlement_by_an_unknown_ca_is_undetermined() -> None:
    own = pki.certificate(pki.name("X", "MNS:G09.20"), "P-256", authority("stranger"), number=60)
    assert reason(after(submitted()), settled(own)) == "SIGNATURE_UNDETERMINED"


def test_a_settlement_by_a_citizen_is_not_by_an_agency() -> None:
    assert reason(after(submitted()), settled(person())) == "NOT_AN_AGENCY"


def test_an_agencys_code_from_a_public_ca_is_not_an_agency() -> None:
    assert reason(after(submitted()), settled(agency(ca="ca2"))) == "NOT_AN_AGENCY"


def test_another_agencys_settlement_is_rejected() -> None:
    assert reason(after(submitted()), settled(agency("G09.21"))) == "AGENCY_MISMATCH"


def test_a_settlement_of_another_text_is_rejected() -> None:
    event = settled(content_sha256=text_sha256(TEXT + " "))
    assert reason(after(submitted()), event) == "CONTENT_MISMATCH"


@pytest.mark.parametrize("text", ["{}", "[]", "", "not json"])
def test_a_settlement_that_says_nothing_of_the_dossier_is_rejected(text: str) -> None:
    event = settled(signature=signed(agency(), text=text or " "), text=text or " ")
    assert reason(after(submitted()), event) == "CONTENT_MISMATCH"


def test_a_settlement_whose_text_names_another_dossier_is_rejected() -> None:
    event = settled()
    data = event.data.model_copy(update={"decision_number": "13/QĐ-BHXH"})
    other = event.model_copy(update={"data": data})
    assert reason(after(submitted()), other) == "CONTENT_MISMATCH"


def test_an_identity_mismatch_is_not_validated_though_it_totally_passed() -> None:
    mismatch = submitted(signed(person("P-256", "CCCD:001085099999")))
    dossier = after(mismatch)
    verdict = dossier.version(1).last_verdict
    assert verdict is not None
    assert verdict.type == "SignatureRejected"
    assert reason(dossier, settled()) == "DOSSIER_NOT_VALIDATED"


def test_a_dossier_with_a_bad_signature_is_not_validated() -> None:
    dossier = after(submitted(signed(text=TEXT + " ")))
    assert reason(dossier, settled()) == "DOSSIER_NOT_VALIDATED"


def test_a_settlement_of_a_version_that_was_replaced_is_superseded() -> None:
    dossier = after(submitted(), submitted(version=2))
    assert reason(dossier, settled()) == "SUPERSEDED"


def test_a_second_settlement_under_one_decision_number_is_rejected() -> None:
    dossier, _ = answer(after(submitted()), settled())
    assert reason(dossier, settled(note="khác")) == "DECISION_ALREADY_AUTHENTICATED"
    _, other = answer(dossier, settled(decision="13/QĐ-BHXH"))
    assert isinstance(other, SettlementAuthenticated)


def test_a_decision_number_is_used_once_over_all_versions() -> None:
    dossier, _ = answer(after(submitted()), settled())
    dossier, _ = submit(dossier, submitted(version=2), ORIGIN, rules())
    assert reason(dossier, settled(version=2)) == "DECISION_ALREADY_AUTHENTICATED"


def test_a_redelivered_settlement_gives_the_same_bytes() -> None:
    for event in (settled(), settled(person())):
        dossier, first = answer(after(submitted()), event)
        again, second = answer(dossier, event, evidence(without=("specialised",)))
        assert second.encode() == first.encode()
        assert again == dossier


def test_a_settlement_rejected_as_unknown_stays_rejected_when_repeated_later() -> None:
    event = settled()
    dossier, first = answer(Dossier(CODE), event)
    dossier, _ = submit(dossier, submitted(), ORIGIN, rules())
    assert answer(dossier, event)[1].encode() == first.encode()


def test_a_settlement_of_an_open_version_waits_and_is_released_by_the_verdict() -> None:
    late = evidence(without=("ca1",))
    event = settled()
    dossier, events = settle(after(submitted(), found=late), event, ORIGIN, rules(late))
    assert events == ()
    assert len(dossier.version(1).waiting) == 1
    assert settle(dossier, event, ORIGIN, rules(late)) == (dossier, ())
    released = retry(dossier, 1, rules(), NOW).version(1)
    assert [e.type for e in released.outgoing] == ["SignatureValidated", "SettlementAuthenticated"]
    assert released.waiting == ()
    assert released.next_try_at is None


def test_a_waiting_settlement_of_a_version_that_fails_is_rejected() -> None:
    late = evidence(without=("ca1",))
    dossier, _ = settle(after(submitted(), found=late), settled(), ORIGIN, rules(late))
    revoking = evidence(
        {"ca1": pki.crl(authority("ca1"), {person().certificate.serial_number: NOW})}
    )
    released = retry(dossier, 1, rules(revoking), NOW).version(1)
    assert [e.type for e in released.outgoing] == ["SignatureUndetermined", "SettlementRejected"]


def test_a_waiting_settlement_of_a_superseded_version_is_rejected() -> None:
    late = evidence(without=("ca1",))
    dossier, _ = settle(after(submitted(), found=late), settled(), ORIGIN, rules(late))
    dossier, _ = submit(dossier, submitted(version=2), ORIGIN, rules(late))
    released = retry(dossier, 1, rules(late), NOW).version(1)
    assert [e.type for e in released.outgoing] == ["SettlementRejected"]
    assert released.next_try_at is not None


def test_a_settlement_waits_while_the_agencys_crl_is_missing() -> None:
    late = evidence(without=("specialised",))
    dossier, events = settle(after(submitted()), settled(), ORIGIN, rules(late))
    assert events == ()
    assert dossier.version(1).next_try_at == NOW + timedelta(seconds=60)
    still = retry(dossier, 1, rules(late), NOW)
    assert still.version(1).outgoing == ()
    released = retry(still, 1, rules(), NOW).version(1)
    assert [e.type for e in released.outgoing] == ["SettlementAuthenticated"]


def test_a_settlement_that_left_through_the_outbox_is_repeated_byte_for_byte() -> None:
    late = evidence(without=("specialised",))
    event = settled()
    dossier, _ = settle(after(submitted()), event, ORIGIN, rules(late))
    dossier = retry(dossier, 1, rules(), NOW)
    (sent,) = dossier.version(1).outgoing
    version = replace(dossier.version(1), outgoing=())
    assert answer(dossier.with_version(version), event)[1].encode() == sent.encode()
