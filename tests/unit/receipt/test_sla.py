"""The clock, told as times."""

from __future__ import annotations

from datetime import timedelta

from services.receipt.core import sla
from services.receipt.core.dossier import Dossier, Lease
from services.receipt.core.sending import Ambiguous, Refused, claim, mark
from tests.receipt_builders import (
    AT_RISK,
    DUE,
    RECEIVED,
    SOON,
    TERMS,
    addressee,
    one,
    submitted,
    verdict,
)

SECOND = timedelta(seconds=1)


def reasons(dossier: Dossier) -> list[str]:
    return [event.data.reason for event in sla.look(dossier, DUE).events]


def leased(dossier: Dossier, until: timedelta) -> Dossier:
    return claim(dossier, DUE - SECOND, Lease(token="t", until=DUE + until))


def test_at_risk_is_three_quarters_whatever_the_length() -> None:
    for seconds in (2, 120, 7200):
        clock = sla.arm(RECEIVED, RECEIVED, seconds)
        assert (clock.at_risk_at - RECEIVED) / (clock.due_at - RECEIVED) == 0.75
        assert clock.early_at == clock.at_risk_at


def test_a_clock_armed_too_late_gives_the_verdict_a_moment_before_an_early_receipt() -> None:
    now = DUE + SECOND
    assert sla.arm(RECEIVED, now, 7200).early_at == now + (DUE - AT_RISK)
    assert sla.arm(RECEIVED, DUE - SECOND, 7200).early_at == AT_RISK


def test_at_due_without_a_letter_it_is_late() -> None:
    assert sla.look(one(submitted()).after, DUE - SECOND).dossier.outcome is None
    assert reasons(one(submitted()).after) == ["late"]


def test_a_living_lease_holds_the_breach_back_and_a_dead_one_makes_it_ambiguous() -> None:
    dossier = one(submitted(), verdict()).after
    assert reasons(leased(dossier, 59 * SECOND)) == []
    assert sla.next_look_at(leased(dossier, 59 * SECOND)) == AT_RISK
    assert reasons(leased(dossier, timedelta(0))) == ["ambiguous"]


def test_an_attempt_that_may_have_arrived_makes_it_ambiguous() -> None:
    held = leased(one(submitted(), verdict()).after, 59 * SECOND)
    (letter,) = held.letters
    lost = mark(held, letter.letter_id, "t", Ambiguous(), now=DUE, terms=TERMS).dossier
    assert reasons(lost) == ["ambiguous"]


def test_a_refused_letter_makes_it_undeliverable() -> None:
    held = leased(one(submitted(), verdict()).after, 59 * SECOND)
    (letter,) = held.letters
    answer = Refused(SOON, 550)
    refused = mark(held, letter.letter_id, "t", answer, now=SOON, terms=TERMS).dossier
    assert reasons(refused) == ["undeliverable"]


def test_without_an_address_it_is_undeliverable_even_without_a_verdict() -> None:
    assert reasons(one(submitted(submitter=addressee(email=None))).after) == ["undeliverable"]


def test_events_of_the_clock_carry_derived_times() -> None:
    dossier = one(submitted()).after
    (at_risk,) = sla.look(dossier, AT_RISK + 5 * SECOND).events
    (breached,) = sla.look(dossier, DUE + 5 * SECOND).events
    assert (at_risk.time, breached.time) == (AT_RISK, DUE)


def test_the_submitter_waits_until_a_letter_is_finished() -> None:
    dossier = one(submitted(), verdict()).after
    assert sla.waiting_since(dossier) == RECEIVED
    unreachable = one(submitted(submitter=addressee(email=None)), verdict()).after
    assert sla.waiting_since(unreachable) is None
