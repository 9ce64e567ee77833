"""Leases, answers and waits."""

from __future__ import annotations

from datetime import timedelta

from services.receipt.core.dossier import Dossier, Lease, Letter
from services.receipt.core.sending import (
    Accepted,
    Ambiguous,
    Answer,
    Deferred,
    Refused,
    Unsent,
    claim,
    deadline,
    held,
    mark,
    next_letters,
    send_at,
)
from tests.receipt_builders import (
    DUE,
    OWNER,
    SOON,
    TERMS,
    completed,
    one,
    submitted,
    verdict,
    withdrawn,
)

SECOND = timedelta(seconds=1)
LEASE = Lease(token="t", until=SOON + 60 * SECOND)
RECEIPT = one(submitted(), verdict()).after
HELD = claim(RECEIPT, SOON, LEASE)


def answered(answer: Answer, *, token: str = "t", at: timedelta = SECOND) -> Dossier:
    (letter,) = HELD.letters
    return mark(HELD, letter.letter_id, token, answer, now=SOON + at, terms=TERMS).dossier


def only(dossier: Dossier) -> Letter:
    (letter,) = dossier.letters
    return letter


def test_a_claimed_letter_is_dated_once_and_held_by_one_token() -> None:
    letter = only(HELD)
    assert (letter.state, letter.attempts, letter.dated_at) == ("sending", 1, SOON)
    assert held(HELD, "t") == [letter]
    assert held(HELD, "other") == []
    assert claim(HELD, SOON + 59 * SECOND, Lease(token="u", until=DUE)) == HELD
    again = claim(answered(Deferred()), DUE, Lease(token="u", until=DUE + SECOND))
    assert only(again).dated_at == SOON


def test_a_letter_whose_lease_ran_out_is_taken_over_as_ambiguous() -> None:
    letter = only(claim(HELD, LEASE.until, Lease(token="u", until=DUE)))
    assert (letter.attempts, letter.ambiguous) == (2, True)


def test_only_who_holds_the_letter_marks_it_sent_also_after_the_leases_end() -> None:
    accepted = Accepted(SOON + SECOND, "250 ok")
    assert only(answered(accepted)).state == "sent"
    assert answered(accepted, token="other") == HELD
    assert only(answered(accepted, at=60 * SECOND)).state == "sent"


def test_an_answer_in_time_that_is_marked_after_due_is_still_met() -> None:
    late = claim(RECEIPT, DUE, Lease(token="t", until=DUE + 60 * SECOND))
    answer = Accepted(DUE, "250 ok")
    marked = mark(late, only(late).letter_id, "t", answer, now=DUE + 9 * SECOND, terms=TERMS)
    assert marked.dossier.outcome == "met"
    assert [event.type for event in marked.events] == ["LetterSent", "SlaMet"]


def test_what_was_never_offered_goes_back_without_an_attempt() -> None:
    letter = only(answered(Unsent()))
    assert (letter.state, letter.attempts, letter.ambiguous) == ("pending", 0, False)
    assert letter.next_try_at == SOON + SECOND


def test_a_refused_letter_is_never_sent_again() -> None:
    refused = answered(Refused(SOON, 550))
    assert only(refused).state == "undeliverable"
    assert send_at(refused) is None
    assert deadline(refused) is None


def test_an_ambiguous_letter_is_kept_whatever_is_learned() -> None:
    lost = answered(Ambiguous())
    after = one(withdrawn(), known=lost).after
    assert [letter.kind for letter in after.letters] == ["01", "05"]
    assert [letter.kind for letter in next_letters(after)] == ["01"]


def test_waits_grow_to_a_limit_and_are_spread_over_letters() -> None:
    letter = only(HELD)
    waits = [
        TERMS.wait(letter.model_copy(update={"attempts": n})).total_seconds() for n in range(1, 40)
    ]
    assert 3.75 <= waits[0] <= 6.25
    assert all(225 <= wait <= 375 for wait in waits[8:])
    assert len(set(waits[8:])) > 10
    assert TERMS.wait(letter) == TERMS.wait(letter)


def test_letters_to_one_recipient_stand_in_line_and_recipients_do_not_wait_for_each_other() -> None:
    dossier = one(submitted(owner=OWNER), verdict(), completed()).after
    line = [(letter.kind, letter.recipient) for letter in next_letters(dossier)]
    assert line == [("01", "SUBMITTER"), ("01", "OWNER")]


def test_an_event_names_no_address() -> None:
    answer = Accepted(SOON, "250 2.1.5 <anh@example.vn> ok, for anh@example.vn\r\nx" + "y" * 500)
    marked = mark(HELD, only(HELD).letter_id, "t", answer, now=SOON, terms=TERMS)
    reply = marked.events[0].data.relay_reply
    assert "@" not in reply
    assert len(reply) == 200
