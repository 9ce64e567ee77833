"""What happens to a dossier version over time: once published, always repeated; silent retries."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from schemas.intake import WithdrawalData, WithdrawalSubmitted
from schemas.signature import SIGNATURE_EVENT, SignatureUndetermined, SignatureValidated
from services.signature.core.batch import codes_of, decide, decide_again
from services.signature.core.decisions import Rules, retry, submit
from services.signature.core.dossier import Dossier, RetryPlan, Submission
from tests.pki import NOW
from tests.signature_builders import (
    CODE,
    POLICY,
    cause,
    evidence,
    received,
    settled,
    submitted,
)

ORIGIN = "intake.dossier.v1/0/7"
PLAN = RetryPlan(first_seconds=60, max_seconds=600)
RULES = Rules(evidence(), POLICY, PLAN)
LATE = Rules(evidence(without=("ca1",)), POLICY, PLAN)


def test_a_final_verdict_keeps_no_text() -> None:
    dossier, events = submit(Dossier(CODE), submitted(), ORIGIN, RULES)
    version = dossier.version(1)
    assert version.verdicts == events
    assert version.open is None
    assert version.next_try_at is None


def test_a_redelivered_dossier_yields_the_same_verdict_whatever_the_evidence_is_by_then() -> None:
    dossier, first = submit(Dossier(CODE), submitted(), ORIGIN, RULES)
    again, second = submit(dossier, submitted(), "intake.dossier.v1/0/99", LATE)
    assert [e.encode() for e in second] == [e.encode() for e in first]
    assert again == dossier


def test_a_stored_verdict_is_read_back_to_the_same_bytes() -> None:
    _, (event,) = submit(Dossier(CODE), submitted(), ORIGIN, RULES)
    assert SIGNATURE_EVENT.validate_json(event.encode()).encode() == event.encode()


def test_try_later_is_said_once_and_keeps_the_event() -> None:
    asked = submitted()
    dossier, (event,) = submit(Dossier(CODE), asked, ORIGIN, LATE)
    assert isinstance(event, SignatureUndetermined)
    assert event.data.attempt == 1
    version = dossier.version(1)
    assert version.open == Submission(asked, ORIGIN)
    assert version.next_try_at == NOW + timedelta(seconds=60)


def test_retries_are_silent_and_wait_longer_each_time_without_end() -> None:
    dossier, _ = submit(Dossier(CODE), submitted(), ORIGIN, LATE)
    waits = []
    for _ in range(40):
        dossier = retry(dossier, 1, LATE, NOW)
        version = dossier.version(1)
        assert version.outgoing == ()
        assert version.next_try_at is not None
        waits.append((version.next_try_at - NOW).total_seconds())
    assert waits[:5] == [120, 240, 480, 600, 600]
    assert waits[-1] == 600


def test_the_final_verdict_is_attempt_2_with_the_origin_of_the_dossier() -> None:
    dossier, _ = submit(Dossier(CODE), submitted(), ORIGIN, LATE)
    dossier = retry(retry(dossier, 1, LATE, NOW), 1, RULES, NOW)
    version = dossier.version(1)
    (event,) = version.outgoing
    assert isinstance(event, SignatureValidated)
    assert event.data.attempt == 2
    assert event.origin == ORIGIN
    assert event.causation_id == submitted().id
    assert event.received_at == NOW
    assert version.open is None
    assert version.next_try_at is None


def test_a_redelivery_after_the_final_verdict_repeats_both_in_order() -> None:
    dossier, _ = submit(Dossier(CODE), submitted(), ORIGIN, LATE)
    dossier = retry(dossier, 1, RULES, NOW)
    dossier = dossier.with_version(replace(dossier.version(1), outgoing=()))
    _, events = submit(dossier, submitted(), ORIGIN, RULES)
    assert [e.type for e in events] == ["SignatureUndetermined", "SignatureValidated"]


def test_what_follows_a_full_outbox_goes_through_it_too() -> None:
    dossier, _ = submit(Dossier(CODE), submitted(), ORIGIN, RULES)
    dossier = dossier.with_version(replace(dossier.version(1), has_outbox=True))
    decision = decide([received(settled())], {CODE: dossier}, RULES)
    assert decision.events == ()
    assert [e.type for e in decision.changed[0].outgoing] == ["SettlementAuthenticated"]


def test_a_batch_sees_what_came_before_in_the_same_batch() -> None:
    batch = [received(submitted(), 0), received(settled(), 1), received(submitted(), 2)]
    decision = decide(batch, {}, RULES)
    assert [e.type for e in decision.events] == [
        "SignatureValidated",
        "SettlementAuthenticated",
        "SignatureValidated",
    ]
    assert len(decision.changed) == 1
    assert len(decision.verdicts) == 1


def test_a_batch_that_was_decided_changes_nothing_and_says_the_same() -> None:
    batch = [received(submitted(), 0), received(settled(), 1)]
    first = decide(batch, {}, RULES)
    known = {CODE: Dossier(CODE, {v.number: v for v in first.changed})}
    second = decide(batch, known, LATE)
    assert second.changed == ()
    assert second.verdicts == ()
    assert [e.encode() for e in second.events] == [e.encode() for e in first.events]


def test_records_for_others_give_nothing() -> None:
    withdrawn = WithdrawalSubmitted.derive(
        cause(1), CODE, (), WithdrawalData(dossier_code=CODE, portal_status=7)
    )
    batch = [received(withdrawn)]
    assert codes_of(batch) == ()
    assert decide(batch, {}, RULES).events == ()


def test_looking_again_at_what_is_settled_meanwhile_changes_only_the_plan() -> None:
    dossier, _ = submit(Dossier(CODE), submitted(), ORIGIN, RULES)
    decision = decide_again([(CODE, 1)], {CODE: dossier}, RULES, NOW)
    assert [v.outgoing for v in decision.changed] == [()]
    assert decision.verdicts == ()
