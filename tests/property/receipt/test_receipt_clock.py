"""Laws of the clock: monotone in time, one outcome, and looking twice says nothing twice."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from services.receipt.core import sla
from services.receipt.core.decision import advance
from services.receipt.core.dossier import Dossier, Lease
from services.receipt.core.sending import (
    Accepted,
    Ambiguous,
    Answer,
    Deferred,
    claim,
    mark,
)
from tests.receipt_builders import (
    DUE,
    POLICY,
    RECEIVED,
    SLA_SECONDS,
    TERMS,
    one,
    submitted,
    verdict,
)

seconds = st.integers(0, 3 * SLA_SECONDS)


def after(number: int) -> datetime:
    return RECEIVED + timedelta(seconds=number)


@settings(max_examples=60, deadline=None)
@given(st.lists(seconds, min_size=1, max_size=8), seconds)
def test_looks_at_any_times_give_at_most_one_warning_and_one_outcome(
    times: list[int], armed: int
) -> None:
    first = one(submitted(), at=after(armed))
    dossier, events = first.after, list(first.events)
    for number in sorted(times):
        change = advance(dossier, dossier, after(number), POLICY)
        dossier, events = change.after, [*events, *change.events]
        again = advance(dossier, dossier, after(number), POLICY)
        assert (again.after, again.events) == (dossier, ())
    names = [event.type for event in events]
    assert names.count("SlaAtRisk") <= 1
    assert names.count("SlaBreached") <= 1
    assert "SlaAtRisk" not in names or names[0] == "SlaAtRisk"
    assert (dossier.outcome == "breached") == (max([*times, armed]) >= SLA_SECONDS)


@settings(max_examples=60, deadline=None)
@given(seconds, seconds)
def test_a_breach_once_seen_is_seen_at_any_later_time(first: int, second: int) -> None:
    early, late = sorted((first, second))
    dossier = one(submitted()).after
    breached = [sla.look(dossier, after(at)).dossier.outcome for at in (early, late)]
    assert breached[0] is None or breached[1] == "breached"


@settings(max_examples=60, deadline=None)
@given(seconds)
def test_the_sweep_is_called_no_later_than_there_is_something_to_say(number: int) -> None:
    dossier = one(submitted()).after
    change = advance(dossier, dossier, after(number), POLICY)
    if change.after != dossier:
        due = sla.next_look_at(dossier)
        assert due is not None
        assert due <= after(number)
    later = sla.next_look_at(change.after)
    assert later is None or later > after(number)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["accept", "defer", "lose", "sleep", "sweep"]), st.integers(1, 4000)
        ),
        max_size=12,
    )
)
def test_met_means_a_250_by_due_and_the_outcome_never_changes(steps: list[tuple[str, int]]) -> None:
    dossier: Dossier = one(submitted(), verdict()).after
    now, outcomes, accepted = RECEIVED, list[str](), list[datetime]()
    for name, wait in steps:
        now += timedelta(seconds=wait)
        dossier = advance(dossier, dossier, now, POLICY).after
        if name != "sweep":
            dossier = claim(dossier, now, Lease(token=str(now), until=now + timedelta(seconds=60)))
        answers: dict[str, Answer] = {
            "accept": Accepted(now, "250"),
            "defer": Deferred(),
            "lose": Ambiguous(),
        }
        for letter in dossier.letters if name in answers else ():
            before = dossier
            dossier = mark(
                dossier, letter.letter_id, str(now), answers[name], now=now, terms=TERMS
            ).dossier
            if dossier != before and name == "accept":
                accepted.append(now)
        outcomes += [dossier.outcome] if dossier.outcome else []
    assert len(set(outcomes)) <= 1
    assert len(accepted) <= 1
    if dossier.outcome == "met":
        assert accepted[0] <= DUE
    if accepted and accepted[0] <= DUE:
        assert dossier.outcome == "met"
