"""Law: any interleaving and repetition of the three topics ends in the same state."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.envelope import Event
from services.receipt.core.decision import decide
from services.receipt.core.dossier import Dossier, Lease
from services.receipt.core.sending import Accepted, claim, mark
from services.receipt.core.sla import lease_until
from tests.receipt_builders import (
    AT_RISK,
    DUE,
    FATAL,
    MENDABLE,
    OWNER,
    POLICY,
    SOON,
    TERMS,
    completed,
    overturned,
    refused,
    submitted,
    told,
    verdict,
    withdrawn,
)

State = dict[str, Dossier]
FIRST = st.sampled_from([submitted(), submitted(owner=OWNER), refused(MENDABLE), refused(FATAL)])
SECOND = st.sampled_from([None, submitted(2), refused(MENDABLE, version=2), refused(version=2)])
VERDICTS = st.sampled_from(
    [
        [],
        [verdict()],
        [verdict("REJECTED")],
        [verdict("UNDETERMINED")],
        [verdict("TRY_LATER")],
        [verdict("TRY_LATER"), verdict(attempt=2)],
        [verdict("TRY_LATER"), verdict("REJECTED", attempt=2)],
        [verdict(), overturned()],
    ]
)
COMPLETIONS = st.sampled_from([[], [completed()], [completed("1/QĐ"), completed("2/QĐ")]])
TIMES = st.sampled_from([SOON, AT_RISK, DUE])


@st.composite
def stories(draw: st.DrawFn) -> list[list[Event]]:
    """What stands on the three topics, each in its order."""
    intake = [draw(FIRST), draw(SECOND), withdrawn() if draw(st.booleans()) else None]
    second = [verdict(version=2)] if draw(st.booleans()) else []
    done = draw(COMPLETIONS)
    return [[event for event in intake if event], [*draw(VERDICTS), *second], done]


def interleaved(topics: list[list[Event]], seed: int) -> list[Event]:
    """One order of all records that keeps each topic's own, with repetitions."""
    chance, waiting, order = random.Random(seed), [list(topic) for topic in topics], list[Event]()
    while any(waiting):
        topic = chance.choice([topic for topic in waiting if topic])
        order.append(topic.pop(0))
        if chance.random() < 0.3:  # a redelivered batch begins somewhat earlier
            order += order[-chance.randint(1, 3) :]
    return order


def heard(order: list[Event], seed: int, state: State | None = None, at: object = SOON) -> State:
    """The state after these records, in batches of random size."""
    chance, state, rest = random.Random(seed), dict(state or {}), list(order)
    while rest:
        size = chance.randint(1, len(rest))
        batch, rest = rest[:size], rest[size:]
        changes = decide(told(*batch), state, at, POLICY)  # type: ignore[arg-type]
        state |= {change.after.document_id: change.after for change in changes}
    return state


def known(state: State) -> State:
    """Without documents that only repeat a withdrawal that found nothing."""
    return {key: dossier for key, dossier in state.items() if dossier.filing or dossier.letters}


@settings(max_examples=80, deadline=None)
@given(stories(), st.integers(0, 2**32), st.integers(0, 2**32), TIMES)
def test_state_letters_and_outcome_commute(
    topics: list[list[Event]], one: int, two: int, at: object
) -> None:
    first = heard(interleaved(topics, one), one, at=at)
    second = heard(interleaved(topics, two), two, at=at)
    assert told_apart(first) == told_apart(second)


def told_apart(state: State) -> State:
    """`early` says that once no verdict stood when the time came; what counts is the letters."""
    return {key: dossier.model_copy(update={"early": False}) for key, dossier in state.items()}


def delivered(state: State) -> State:
    """Everything that may be sent now is sent."""
    for key, dossier in state.items():
        lease = Lease(token="t", until=DUE)
        claimed = claim(dossier, SOON, lease)
        for letter in claimed.letters:
            if letter.lease and lease_until(letter) == DUE:
                answer = Accepted(SOON, "250 ok")
                args = {"now": SOON, "terms": TERMS}
                claimed = mark(claimed, letter.letter_id, "t", answer, **args).dossier  # type: ignore[arg-type]
        state[key] = claimed
    return state


def sent_between(order: list[Event], seed: int) -> State:
    """As `heard`, with the sender at work between any two records."""
    chance, state = random.Random(seed), State()
    for event in order:
        state = heard([event], 0, state)
        if chance.random() < 0.5:
            state = delivered(state)
    for _ in range(12):
        state = delivered(state)
    return state


@settings(max_examples=80, deadline=None)
@given(stories(), st.integers(0, 2**32), st.integers(0, 2**32))
def test_letters_sent_meanwhile_differ_by_a_receipt_before_a_stop_or_refusal_only(
    topics: list[list[Event]], one: int, two: int
) -> None:
    first = sent_between(interleaved(topics, one), one)
    second = sent_between(interleaved(topics, two), two)
    assert known(first).keys() == known(second).keys()
    for key in known(first):
        left, right = (
            {(x.kind, x.recipient, x.decision_number) for x in state[key].letters}
            for state in (first, second)
        )
        assert {kind for kind, _, _ in left ^ right} <= {"01"}
        if left != right:
            assert {"05", "03"} & {kind for kind, _, _ in left & right}
        assert first[key].outcome == second[key].outcome


@settings(max_examples=60, deadline=None)
@given(stories(), st.integers(0, 2**32))
def test_the_last_status_that_the_portal_is_told_does_not_depend_on_the_order(
    topics: list[list[Event]], seed: int
) -> None:
    calm = delivered_all(heard(interleaved(topics, 0), 0))
    busy = sent_between(interleaved(topics, seed), seed)
    for key in known(calm):
        assert last_status(calm[key]) == last_status(busy[key])


def delivered_all(state: State) -> State:
    for _ in range(12):
        state = delivered(state)
    return state


def last_status(dossier: Dossier) -> int | None:
    own = [letter for letter in dossier.letters if letter.recipient == "SUBMITTER"]
    return own[-1].portal_status if own else None


def test_a_withdrawal_may_come_before_anything_else() -> None:
    orders = (
        [withdrawn(), submitted(), verdict()],
        [verdict(), withdrawn(), submitted()],
        [submitted(), verdict(), withdrawn()],
    )
    states = [heard(order, 0) for order in orders]
    assert states[0] == states[1] == states[2]
