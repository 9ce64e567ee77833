"""The mailer on a real SMTP server: every fault of a relay is a value, and the right one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from services.chassis.clock import SystemClock
from services.chassis.errors import TransientError
from services.receipt.adapters.smtp import Relay, SmtpMailer
from services.receipt.core.sending import Accepted, Ambiguous, Deferred, Refused, Unsent
from services.receipt.ports import Mail
from tests.smtp_faults import FaultyRelay

CONTENT = b"From: a@b.example\r\nSubject: x\r\n\r\n.one dot\r\n"


def mailer_at(port: int, connections: int = 2) -> SmtpMailer:
    relay = Relay(
        host="127.0.0.1",
        port=port,
        sender="khong-tra-loi@bhxh.example.vn",
        timeout_seconds=1.5,
        connections=connections,
        local_hostname="bhxh.example.vn",
    )
    return SmtpMailer(relay, SystemClock())


@pytest.fixture
async def relay() -> AsyncIterator[FaultyRelay]:
    with FaultyRelay() as started:
        yield started


@pytest.fixture
async def mailer(relay: FaultyRelay) -> AsyncIterator[SmtpMailer]:
    made = mailer_at(relay.port)
    yield made
    await made.close()


def mail(recipient: str) -> Mail:
    return Mail(uuid4(), recipient, CONTENT)


async def test_an_accepted_mail_tells_the_relays_reply_and_the_time(
    relay: FaultyRelay, mailer: SmtpMailer
) -> None:
    before = SystemClock().now()
    answer = await mailer.offer(mail("x@y.example"), lambda: True)
    assert isinstance(answer, Accepted)
    assert before <= answer.at <= SystemClock().now()
    assert answer.reply.startswith("250 2.0.0")
    ((recipient, content),) = relay.accepted
    assert (recipient, content) == ("x@y.example", CONTENT)


@pytest.mark.parametrize(
    ("local", "expected"),
    [
        ("deaf", Deferred),
        ("closing", Deferred),
        ("full", Deferred),
        ("unknown", Refused),
        ("spam", Refused),
        ("drop", Ambiguous),
        ("slow", Ambiguous),
    ],
)
async def test_every_fault_has_its_answer_and_spares_the_next_mail(
    relay: FaultyRelay, mailer: SmtpMailer, local: str, expected: type
) -> None:
    assert isinstance(await mailer.offer(mail(f"{local}+1@y.example"), lambda: True), expected)
    assert isinstance(await mailer.offer(mail("next@y.example"), lambda: True), Accepted)
    assert [to for to, _ in relay.accepted][-1] == "next@y.example"


async def test_a_permanent_refusal_carries_the_code(mailer: SmtpMailer) -> None:
    rcpt = await mailer.offer(mail("unknown+1@y.example"), lambda: True)
    data = await mailer.offer(mail("spam+1@y.example"), lambda: True)
    assert isinstance(rcpt, Refused)
    assert isinstance(data, Refused)
    assert (rcpt.code, data.code) == (550, 554)


async def test_nothing_is_handed_over_once_the_lease_is_gone(
    relay: FaultyRelay, mailer: SmtpMailer
) -> None:
    asked: list[bool] = []

    def ends_before_data() -> bool:
        asked.append(True)
        return len(asked) == 1

    assert await mailer.offer(mail("x@y.example"), ends_before_data) == Unsent()
    assert relay.offered["x@y.example"] == 1
    assert relay.accepted == []
    assert await mailer.offer(mail("z@y.example"), lambda: False) == Unsent()
    assert relay.offered["z@y.example"] == 0


async def test_connections_are_kept_and_never_more_than_agreed(relay: FaultyRelay) -> None:
    mailer = mailer_at(relay.port, connections=3)
    mails = [mail(f"m{number}@y.example") for number in range(30)]
    answers = await asyncio.gather(*(mailer.offer(each, lambda: True) for each in mails))
    assert all(isinstance(answer, Accepted) for answer in answers)
    assert relay.connections <= 3
    assert len(relay.accepted) == 30
    await mailer.close()


async def test_an_unreachable_relay_is_transient_and_defers(relay: FaultyRelay) -> None:
    mailer = mailer_at(relay.port)
    relay.stop()
    with pytest.raises(TransientError):
        await mailer.reach()
    assert await mailer.offer(mail("x@y.example"), lambda: True) == Deferred()
    relay.start()
    await mailer.reach()
    assert isinstance(await mailer.offer(mail("x@y.example"), lambda: True), Accepted)
    await mailer.close()


async def test_a_connection_that_the_relay_closed_while_idle_is_made_anew(
    relay: FaultyRelay, mailer: SmtpMailer
) -> None:
    assert isinstance(await mailer.offer(mail("x@y.example"), lambda: True), Accepted)
    relay.stop()
    relay.start()
    await asyncio.sleep(0.05)
    await mailer.reach()
    assert isinstance(await mailer.offer(mail("z@y.example"), lambda: True), Accepted)
