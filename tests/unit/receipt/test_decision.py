"""The table of design §5, row by row."""

from __future__ import annotations

from datetime import timedelta

import pytest

from schemas.envelope import Event, derive_id
from services.receipt.core.decision import advance, concerns
from services.receipt.core.dossier import Dossier, Lease
from services.receipt.core.sending import Accepted, claim, mark
from tests.receipt_builders import (
    AT_RISK,
    CODE,
    DUE,
    FATAL,
    MENDABLE,
    OWNER,
    POLICY,
    RECEIVED,
    SOON,
    TERMS,
    addressee,
    completed,
    decided,
    kinds,
    one,
    overturned,
    refused,
    submitted,
    verdict,
    withdrawn,
)


def sent(dossier: Dossier) -> Dossier:
    """Every letter of the dossier delivered."""
    while open_ones := [letter for letter in dossier.letters if not letter.finished]:
        at = max(SOON, *(letter.next_try_at for letter in open_ones))
        lease = Lease(token="t", until=at + timedelta(seconds=60))
        dossier = claim(dossier, at, lease)
        for letter in dossier.letters:
            answer = Accepted(at, "250 ok")
            dossier = mark(dossier, letter.letter_id, "t", answer, now=at, terms=TERMS).dossier
    return dossier


def statuses(dossier: Dossier) -> list[tuple[str, int]]:
    return [(letter.kind, letter.portal_status) for letter in dossier.letters]


def test_a_filed_dossier_arms_the_clock_and_waits() -> None:
    change = one(submitted())
    assert change.after.letters == ()
    assert change.events == ()
    assert change.after.clock is not None
    assert (change.after.clock.at_risk_at, change.after.clock.due_at) == (AT_RISK, DUE)


def test_a_valid_signature_brings_the_receipt_with_an_appointment() -> None:
    dossier = one(submitted(), verdict()).after
    assert statuses(dossier) == [("01", 2)]
    assert dossier.letters[0].appointment is not None
    assert dossier.letters[0].letter_id == derive_id("Letter", CODE, 1, "01", "SUBMITTER")


def test_curable_defects_bring_one_supplement_request() -> None:
    assert statuses(one(refused(MENDABLE, MENDABLE)).after) == [("02", 5)]


def test_one_incurable_defect_makes_it_a_refusal() -> None:
    dossier = one(refused(MENDABLE, FATAL)).after
    assert statuses(dossier) == [("03", 3)]
    assert dossier.letters[0].defects == (MENDABLE, FATAL)


def test_a_refusal_without_a_letter_leaves_no_trace() -> None:
    assert concerns(refused(lettered=False)) is None
    assert decided(refused(lettered=False)) == {}


def test_a_bad_signature_brings_a_refusal() -> None:
    assert statuses(one(submitted(), verdict("REJECTED")).after) == [("03", 3)]


def test_an_undetermined_signature_brings_a_supplement_request() -> None:
    assert statuses(one(submitted(), verdict("UNDETERMINED")).after) == [("02", 5)]


@pytest.mark.parametrize("so_far", [(), (verdict("TRY_LATER"),)])
def test_without_a_final_verdict_an_early_receipt_goes_at_three_quarters(
    so_far: tuple[Event, ...],
) -> None:
    dossier = one(submitted(), *so_far).after
    assert dossier.letters == ()
    assert advance(dossier, dossier, AT_RISK - timedelta(seconds=1), POLICY).after == dossier
    change = advance(dossier, dossier, AT_RISK, POLICY)
    assert statuses(change.after) == [("01", 2)]
    assert change.after.letters[0].early
    assert [event.type for event in change.events] == ["SlaAtRisk"]


def test_after_an_early_receipt_a_good_verdict_sends_nothing_more() -> None:
    early = sent(one(submitted(), at=AT_RISK).after)
    assert statuses(one(verdict(), known=early, at=AT_RISK).after) == [("01", 2)]


def test_after_an_early_receipt_a_bad_verdict_sends_a_refusal_that_stops() -> None:
    early = sent(one(submitted(), at=AT_RISK).after)
    after = one(verdict("REJECTED", attempt=2), known=early, at=AT_RISK).after
    assert statuses(after) == [("01", 2), ("03", 8)]
    assert sent(after).outcome == "met"


def test_an_early_receipt_that_nobody_tried_to_send_gives_way_to_the_verdict() -> None:
    early = one(submitted(), at=AT_RISK).after
    assert statuses(one(verdict("REJECTED"), known=early, at=AT_RISK).after) == [("03", 3)]
    good = one(verdict(), known=early, at=AT_RISK).after
    assert [letter.early for letter in good.letters] == [False]


def test_an_overturned_signature_brings_a_refusal_and_no_second_outcome() -> None:
    receipted = sent(one(submitted(), verdict()).after)
    assert receipted.outcome == "met"
    change = one(overturned(), known=receipted, at=DUE + timedelta(days=1))
    assert statuses(change.after) == [("01", 2), ("03", 8)]
    assert change.events == ()
    assert sent(change.after).outcome == "met"


def test_a_withdrawal_stops_the_newest_open_version() -> None:
    changes = decided(submitted(), submitted(version=2), withdrawn())
    assert statuses(changes[f"{CODE}/1"].after) == []
    assert statuses(changes[f"{CODE}/2"].after) == [("05", 8)]


def test_a_withdrawal_passes_over_a_version_refused_for_good() -> None:
    changes = decided(refused(MENDABLE), refused(FATAL, version=2), withdrawn())
    assert statuses(changes[f"{CODE}/1"].after) == [("02", 5), ("05", 8)]
    assert statuses(changes[f"{CODE}/2"].after) == [("03", 3)]


def test_a_withdrawal_before_the_dossier_is_seen_is_kept_for_it() -> None:
    kept = one(withdrawn()).after
    assert kept.letters == ()
    assert statuses(one(submitted(), known=kept).after) == [("05", 8)]


def test_a_withdrawn_dossier_gets_no_receipt_any_more() -> None:
    assert kinds(one(submitted(), withdrawn(), verdict()).after) == [("05", "pending")]
    assert kinds(one(submitted(), withdrawn(), at=AT_RISK).after) == [("05", "pending")]


def test_a_bad_verdict_after_the_stop_is_told_and_keeps_the_portal_at_stopped() -> None:
    stopped = sent(one(submitted(), withdrawn()).after)
    for kind, letter in (("REJECTED", "03"), ("UNDETERMINED", "02")):
        after = one(verdict(kind), known=stopped).after  # type: ignore[arg-type]
        assert statuses(after) == [("05", 8), (letter, 8)]
        assert after.letters[1].after_stop


def test_a_completion_brings_one_result_letter_per_decision() -> None:
    first, second = completed("1/QĐ"), completed("2/QĐ")
    dossier = one(submitted(), verdict(), second, first, first).after
    assert statuses(dossier) == [("01", 2), ("RESULT", 10), ("RESULT", 10)]
    decisions = [letter.decision_number for letter in dossier.letters]
    assert decisions == [None, "1/QĐ", "2/QĐ"]
    assert len({letter.letter_id for letter in dossier.letters}) == 3


def test_a_completion_waits_for_the_verdict_so_that_the_receipt_leaves_first() -> None:
    early = one(submitted(), completed()).after
    assert early.letters == ()
    assert kinds(one(verdict(), known=early).after) == [("01", "pending"), ("RESULT", "pending")]


def test_letters_also_go_to_an_owner_who_is_another_person() -> None:
    both = one(submitted(owner=OWNER), verdict()).after
    assert [letter.recipient for letter in both.letters] == ["SUBMITTER", "OWNER"]
    same = one(submitted(owner=addressee()), verdict()).after
    assert [letter.recipient for letter in same.letters] == ["SUBMITTER"]
    silent = OWNER.model_copy(update={"email": None})
    unreachable = one(submitted(owner=silent), verdict()).after
    assert [letter.recipient for letter in unreachable.letters] == ["SUBMITTER"]


@pytest.mark.parametrize("email", [None, "a@b.vn, x@evil.vn", "a b@c.vn", "a@b.vn\r\nBcc: x@y.vn"])
def test_without_one_usable_address_the_notice_goes_out_at_once(email: str | None) -> None:
    change = one(submitted(submitter=addressee(email=email)), verdict())
    assert kinds(change.after) == [("01", "undeliverable")]
    (notice,) = change.events
    assert notice.type == "LetterUndeliverable"
    assert notice.data.reason == "NO_USABLE_ADDRESS"
    late = advance(change.after, change.after, DUE, POLICY)
    assert [event.data.reason for event in late.events] == ["undeliverable"]


def test_a_clock_that_is_over_when_it_is_armed_breaches_at_once_and_still_writes() -> None:
    change = one(submitted(), at=DUE + timedelta(hours=1))
    assert [event.type for event in change.events] == ["SlaBreached"]
    assert change.after.letters == ()
    after = one(verdict(), known=change.after, at=DUE + timedelta(hours=1)).after
    assert kinds(after) == [("01", "pending")]
    assert sent(after).outcome == "breached"


def test_a_later_record_of_the_same_fact_changes_nothing() -> None:
    dossier = one(submitted(), verdict(), withdrawn(), completed()).after
    again = decided(
        submitted(), verdict(), withdrawn(), completed(), known={dossier.document_id: dossier}
    )
    assert again == {}


def test_events_name_the_record_that_armed_the_clock() -> None:
    dossier = one(submitted(), at=AT_RISK)
    (event,) = dossier.events
    assert dossier.after.filing is not None
    assert event.origin == dossier.after.filing.source.origin
    assert event.received_at == RECEIVED
    assert event.correlation_id == CODE
