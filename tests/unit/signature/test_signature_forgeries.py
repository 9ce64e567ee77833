"""No settlement that somebody else signed keeps the agency's own from being authenticated."""

from __future__ import annotations

from schemas.signature import SettlementAuthenticated, SettlementRejected
from services.signature.core.decisions import retry, settle
from tests.pki import NOW
from tests.signature_builders import agency, evidence, person, settled, submitted
from tests.signature_settling import ORIGIN, after, answer, reason, rules


def test_a_forged_settlement_does_not_block_the_true_one() -> None:
    forged = settled(person(), note="giả")
    dossier, rejected = answer(after(submitted()), forged)
    assert isinstance(rejected, SettlementRejected)
    _, authenticated = answer(dossier, settled())
    assert isinstance(authenticated, SettlementAuthenticated)


def test_forged_signatures_over_the_true_text_do_not_block_the_true_one() -> None:
    true = settled()
    forged = [settled(forger, text=true.data.text) for forger in (person(), agency("G09.21"))]
    dossier, answers = after(submitted()), {}
    for event in (forged[0], true, forged[1]):
        dossier, answers[event.id] = answer(dossier, event)
    assert [a.type for a in answers.values()] == [
        "SettlementRejected",
        "SettlementAuthenticated",
        "SettlementRejected",
    ]
    assert len({a.id for a in answers.values()}) == 3
    assert [answers[f.id].data.reason for f in forged] == ["NOT_AN_AGENCY", "AGENCY_MISMATCH"]
    for event in (*forged, true):
        again, repeated = answer(dossier, event)
        assert repeated.encode() == answers[event.id].encode()
        assert again == dossier


def test_a_settlement_that_the_agency_signed_again_is_authenticated_once() -> None:
    first = settled()
    dossier, authenticated = answer(after(submitted()), first)
    second = settled(text=first.data.text)
    assert second.id != first.id
    assert reason(dossier, second) == "DECISION_ALREADY_AUTHENTICATED"
    dossier, _ = answer(dossier, second)
    assert answer(dossier, first)[1].encode() == authenticated.encode()


def test_of_two_waiting_signatures_over_one_text_the_first_is_authenticated() -> None:
    late = evidence(without=("specialised",))
    first = settled()
    dossier = after(submitted())
    for event in (first, settled(text=first.data.text), first):
        dossier, events = settle(dossier, event, ORIGIN, rules(late))
        assert events == ()
    released = retry(dossier, 1, rules(), NOW).version(1)
    assert [e.type for e in released.outgoing] == ["SettlementAuthenticated", "SettlementRejected"]
    assert released.outgoing[0].causation_id == first.id
    assert len({e.id for e in released.outgoing}) == 2


def test_a_forged_settlement_of_an_open_version_is_rejected_at_once() -> None:
    late = evidence(without=("ca1",))
    dossier = after(submitted(), found=late)
    assert reason(dossier, settled(agency(ca="ca2")), late) == "NOT_AN_AGENCY"
