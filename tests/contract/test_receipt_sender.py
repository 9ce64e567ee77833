"""Handler, sweep and sender together, on a real MongoDB and a real, misbehaving SMTP server."""

from __future__ import annotations

import asyncio
import email
import email.policy
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from schemas.envelope import Event
from services.chassis.errors import TransientError
from services.receipt import handlers
from services.receipt.core.dossier import Dossier, Letter
from services.receipt.ports import Mail
from tests.conftest import MongoAddress
from tests.receipt_builders import (
    AT_RISK,
    DUE,
    SOON,
    addressee,
    completed,
    kinds,
    submitted,
    verdict,
)
from tests.receipt_replica import Replica, replica

SECOND = timedelta(seconds=1)


@pytest.fixture
async def office(mongodb: MongoAddress) -> AsyncIterator[Replica]:
    async with replica(mongodb.uri) as made:
        yield made


def to(local: str) -> Event:
    return submitted(submitter=addressee(email=f"{local}@y.example"))


async def test_a_receipt_reaches_the_mailbox_and_the_outcome_is_met(office: Replica) -> None:
    await office.hear(submitted(), verdict())
    await office.send_until(SOON)
    assert await office.told() == ["LetterSent", "SlaMet"]
    ((recipient, content),) = office.relay.accepted
    message = email.message_from_bytes(content, policy=email.policy.default)
    (letter,) = (await office.dossier()).letters
    assert message["To"] == recipient == "ketoan@hoabinh.example.vn"
    assert message["Message-ID"] == f"<{letter.letter_id}@bhxh.example.vn>"
    assert message["Auto-Submitted"] == "auto-generated"
    sent = (await office.outbox())[0]
    assert sent.data.relay_reply == "250 2.0.0 [address] queued as 4711"
    assert sent.data.message_id == message["Message-ID"]
    assert (office.counted("met"), office.counted("breached")) == (1, 0)


async def test_a_redelivered_batch_sends_and_publishes_nothing_again(office: Replica) -> None:
    events = (submitted(), verdict())
    await office.hear(*events)
    await office.send_until(SOON)
    before = await office.dossier()
    await office.hear(*events)
    await office.send_until(SOON + 999 * SECOND)
    assert await office.dossier() == before
    assert len(office.relay.accepted) == 1


@pytest.mark.parametrize("fault", ["deaf", "full", "closing"])
async def test_a_temporary_refusal_is_tried_again_after_a_wait(office: Replica, fault: str) -> None:
    await office.hear(to(f"once-{fault}+1"), verdict())
    await office.send_until(SOON)
    assert office.relay.accepted == []
    (letter,) = (await office.dossier()).letters
    assert (letter.state, letter.attempts, letter.ambiguous) == ("pending", 1, False)
    assert letter.next_try_at > SOON + 3 * SECOND
    await office.send_until(letter.next_try_at)
    assert await office.told() == ["LetterSent", "SlaMet"]
    assert (await office.outbox())[0].data.attempts == 2


@pytest.mark.parametrize(("fault", "code"), [("unknown", 550), ("spam", 554)])
async def test_a_permanent_refusal_is_told_at_once_and_breaches_at_due(
    office: Replica, fault: str, code: int
) -> None:
    await office.hear(to(f"{fault}+1"), verdict())
    await office.send_until(SOON)
    (notice,) = await office.outbox()
    assert (notice.type, notice.data.smtp_code) == ("LetterUndeliverable", code)
    await office.send_until(DUE)
    assert office.relay.offered[f"{fault}+1@y.example"] == 1
    await handlers.sweep(office.deps)
    assert (await office.outbox())[-1].data.reason == "undeliverable"
    assert (office.counted("met"), office.counted("breached")) == (0, 1)


@pytest.mark.parametrize("fault", ["drop", "slow"])
async def test_a_reply_lost_after_data_repeats_the_same_bytes(office: Replica, fault: str) -> None:
    await office.hear(to(f"once-{fault}+1"), verdict())
    await office.send_until(SOON)
    (letter,) = (await office.dossier()).letters
    assert (letter.state, letter.ambiguous) == ("pending", True)
    await office.send_until(letter.next_try_at)
    assert await office.told() == ["LetterSent", "SlaMet"]
    contents = [content for _, content in office.relay.accepted]
    assert len(contents) == 2
    assert contents[0] == contents[1]


async def test_an_ambiguous_send_past_due_is_breached_as_ambiguous(office: Replica) -> None:
    await office.hear(to("drop+1"), verdict())
    await office.send_until(DUE - SECOND)
    office.clock.at = DUE
    await handlers.sweep(office.deps)
    assert (await office.outbox())[-1].data.reason == "ambiguous"


async def test_a_relay_out_of_reach_costs_no_attempt(office: Replica) -> None:
    await office.hear(submitted(), verdict())
    office.relay.stop()
    with pytest.raises(TransientError):
        await office.sender.round()
    (letter,) = (await office.dossier()).letters
    assert (letter.state, letter.attempts) == ("pending", 0)
    office.relay.start()
    await office.send_until(SOON)
    assert kinds(await office.dossier()) == [("01", "sent")]


async def test_a_letter_taken_after_due_is_late_and_still_sent(office: Replica) -> None:
    await office.hear(submitted(), verdict())
    await office.send_until(DUE + SECOND)
    assert await office.told() == ["LetterSent", "SlaBreached"]
    assert (await office.outbox())[-1].data.reason == "late"
    assert len(office.relay.accepted) == 1


async def test_a_letter_taken_exactly_at_due_is_in_time(office: Replica) -> None:
    await office.hear(submitted(), verdict())
    await office.send_until(DUE)
    assert await office.told() == ["LetterSent", "SlaMet"]


async def test_the_sweep_fires_each_event_once_even_from_two_replicas(office: Replica) -> None:
    await office.hear(submitted())
    for at in (AT_RISK, DUE, DUE + SECOND):
        office.clock.at = at
        await asyncio.gather(*(handlers.sweep(office.deps) for _ in range(3)))
    assert await office.told() == ["SlaAtRisk", "SlaBreached"]
    assert kinds(await office.dossier()) == [("01", "pending")]
    assert office.counted("breached") == 1


async def test_letters_to_one_recipient_leave_in_order(office: Replica) -> None:
    await office.hear(to("once-deaf+1"), verdict(), completed())
    await office.send_until(SOON)
    assert office.relay.accepted == []
    await office.send_until(SOON + timedelta(days=4))
    sent = [event.data.kind for event in await office.outbox() if event.type == "LetterSent"]
    assert sent == ["01", "RESULT"]


async def test_a_letter_that_cannot_be_written_stops_no_other(office: Replica) -> None:
    await office.hear(submitted(), submitted(2), verdict(), verdict(version=2))
    compose = office.deps.compose

    def broken(dossier: Dossier, letter: Letter) -> Mail:
        if dossier.version == 1:
            raise RuntimeError("template")
        return compose(dossier, letter)

    with pytest.raises(RuntimeError):
        await handlers.Sender(replace(office.deps, compose=broken)).round()
    assert len(office.relay.accepted) == 1
    (letter,) = (await office.dossier()).letters
    assert (letter.state, letter.attempts) == ("pending", 1)
    await office.send_until(letter.next_try_at)
    assert len(office.relay.accepted) == 2


async def test_the_gauge_shows_the_older_of_store_and_topics(office: Replica) -> None:
    await office.hear(submitted())
    name = "dossier_oldest_unreceipted_timestamp_seconds"
    await handlers.show_oldest(office.deps)
    clock = (await office.dossier()).clock
    assert clock is not None
    assert office.registry.get_sample_value(name) == clock.received_at.timestamp()

    async def older() -> datetime | None:
        return clock.received_at - timedelta(hours=1)

    await handlers.show_oldest(replace(office.deps, first_unread=older))
    assert office.registry.get_sample_value(name) == clock.received_at.timestamp() - 3600
