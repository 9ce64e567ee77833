"""Leases: a breach waits for a living one, a dead one may not mark, two replicas send once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from services.receipt import handlers
from services.receipt.adapters.smtp import SmtpMailer
from services.receipt.core.sending import Answer
from services.receipt.ports import Mail
from tests.conftest import MongoAddress
from tests.receipt_builders import (
    DUE,
    OWNER,
    SOON,
    kinds,
    submitted,
    verdict,
    withdrawn,
)
from tests.receipt_replica import PausedMailer, Replica, paused, replica

SECOND = timedelta(seconds=1)


@pytest.fixture
async def office(mongodb: MongoAddress) -> AsyncIterator[Replica]:
    async with replica(mongodb.uri) as made:
        yield made


class OvertakenMailer(PausedMailer):
    """While it stands still past its lease, another sender takes its letters over."""

    office: Replica

    async def offer(self, mail: Mail, may_send: Callable[[], bool]) -> Answer:
        answer = await super().offer(mail, may_send)
        await handlers.Sender(self.office.deps).round()
        return answer


async def test_a_sender_paused_past_its_lease_and_overtaken_does_not_mark(office: Replica) -> None:
    await office.hear(submitted(), verdict())

    def sleep_past_the_lease() -> None:
        office.clock.at = SOON + 61 * SECOND

    inner = office.deps.mailer
    assert isinstance(inner, SmtpMailer)
    overtaken = OvertakenMailer(inner, sleep_past_the_lease)
    overtaken.office = office
    await handlers.Sender(replace(office.deps, mailer=overtaken)).round()
    assert await office.told() == ["LetterSent", "SlaMet"]
    assert len(office.relay.accepted) == 2
    assert office.relay.accepted[0] == office.relay.accepted[1]


async def test_a_sender_paused_past_its_lease_marks_what_nobody_took_over(office: Replica) -> None:
    await office.hear(submitted(), verdict())

    def sleep_past_the_lease() -> None:
        office.clock.at = SOON + 61 * SECOND

    await paused(office, sleep_past_the_lease).round()
    assert kinds(await office.dossier()) == [("01", "sent")]
    await office.send_until(office.clock.at)
    assert await office.told() == ["LetterSent", "SlaMet"]
    assert len(office.relay.accepted) == 1


async def test_a_sweep_leaves_a_living_lease_alone_and_the_answer_decides(office: Replica) -> None:
    await office.hear(submitted(), verdict())
    office.clock.at = DUE - 10 * SECOND
    swept = asyncio.Event()

    class SlowMark(PausedMailer):
        async def offer(self, mail: Mail, may_send: Callable[[], bool]) -> Answer:
            answer = await super().offer(mail, may_send)
            await swept.wait()
            return answer

    inner = office.deps.mailer
    assert isinstance(inner, SmtpMailer)
    slow = replace(office.deps, mailer=SlowMark(inner, lambda: None))
    sending = asyncio.ensure_future(handlers.Sender(slow).round())
    while not office.relay.accepted:
        await asyncio.sleep(0.01)
    office.clock.at = DUE + 5 * SECOND
    await handlers.sweep(office.deps)
    assert (await office.dossier()).outcome is None
    swept.set()
    await sending
    assert (await office.dossier()).outcome == "met"
    assert "SlaBreached" not in await office.told()


async def test_a_lease_that_ended_past_due_is_breached_as_ambiguous_once(office: Replica) -> None:
    await office.hear(submitted(), verdict())
    office.clock.at = DUE - 10 * SECOND

    def die_between_answer_and_mark() -> None:
        office.clock.at = DUE + 51 * SECOND
        raise ConnectionAbortedError

    with pytest.raises(ConnectionAbortedError):
        await paused(office, die_between_answer_and_mark).round()
    await handlers.sweep(office.deps)
    assert (await office.outbox())[-1].data.reason == "ambiguous"
    await office.send_until(office.clock.at)
    assert (await office.told()).count("SlaBreached") == 1
    assert (await office.dossier()).outcome == "breached"
    assert kinds(await office.dossier()) == [("01", "sent")]


async def test_two_replicas_send_every_letter_once(office: Replica) -> None:
    events = [submitted(version) for version in range(1, 41)]
    await office.hear(*events, *(verdict(version=version) for version in range(1, 41)))
    senders = [handlers.Sender(office.deps) for _ in range(2)]

    async def work(sender: handlers.Sender) -> None:
        while await sender.round():
            pass

    await asyncio.gather(*(work(sender) for sender in senders))
    await office.send_until(SOON)
    assert len(office.relay.accepted) == 40
    assert len({content for _, content in office.relay.accepted}) == 40
    assert office.counted("met") == 40


async def test_a_withdrawal_while_the_receipt_is_under_way_is_kept_beside_it(
    office: Replica,
) -> None:
    await office.hear(submitted(owner=OWNER), verdict())
    heard = asyncio.Event()

    class Meanwhile(PausedMailer):
        async def offer(self, mail: Mail, may_send: Callable[[], bool]) -> Answer:
            answer = await super().offer(mail, may_send)
            await heard.wait()
            return answer

    inner = office.deps.mailer
    assert isinstance(inner, SmtpMailer)
    sender = handlers.Sender(replace(office.deps, mailer=Meanwhile(inner, lambda: None)))
    sending = asyncio.ensure_future(sender.round())
    while not office.relay.accepted:
        await asyncio.sleep(0.01)
    await office.hear(withdrawn())
    heard.set()
    await sending
    await office.send_until(SOON)
    sent = [letter for letter in (await office.dossier()).letters if letter.state == "sent"]
    assert {(letter.kind, letter.recipient) for letter in sent} == {
        ("01", "SUBMITTER"),
        ("01", "OWNER"),
        ("05", "SUBMITTER"),
        ("05", "OWNER"),
    }
    assert (await office.told()).count("SlaMet") == 1
