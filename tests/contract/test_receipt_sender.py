"""Handler, sweep and sender together, on a real MongoDB and a real, misbehaving SMTP server."""

from __future__ import annotations

import asyncio
import email
import email.policy
import itertools
import os
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest
from prometheus_client import CollectorRegistry

from schemas.envelope import Event
from schemas.receipt import RECEIPT_EVENT
from services.chassis.errors import TransientError
from services.chassis.mongo import connect
from services.chassis.records import Received, Record
from services.receipt import handlers
from services.receipt.adapters.letters import LetterRenderer, Office
from services.receipt.adapters.mongo_documents import MongoDocuments
from services.receipt.adapters.smtp import Relay, SmtpMailer
from services.receipt.core.dossier import Dossier, Letter
from services.receipt.core.sending import Answer
from services.receipt.deps import Deps
from services.receipt.metrics import receipt_metrics
from services.receipt.ports import Mail
from tests.conftest import MongoAddress
from tests.receipt_builders import (
    AT_RISK,
    CODE,
    DUE,
    OWNER,
    POLICY,
    SOON,
    TERMS,
    addressee,
    completed,
    kinds,
    submitted,
    verdict,
    withdrawn,
)
from tests.smtp_faults import FaultyRelay

_numbers = itertools.count(1)
_offsets = itertools.count(1)
ID = f"{CODE}/1"
SECOND = timedelta(seconds=1)


@dataclass
class ManualClock:
    """Stands still until it is told."""

    at: datetime = SOON

    def now(self) -> datetime:
        return self.at


@dataclass
class Replica:
    """One replica of receipt with what a test watches."""

    deps: Deps
    documents: MongoDocuments
    clock: ManualClock
    relay: FaultyRelay
    registry: CollectorRegistry

    @property
    def sender(self) -> handlers.Sender:
        return handlers.Sender(self.deps)

    async def hear(self, *events: Event) -> None:
        batch = [Received(event, _record()) for event in events]
        assert await handlers.on_dossier_events(batch, self.deps) == []

    async def dossier(self) -> Dossier:
        return (await self.documents.of_ids([ID]))[ID]

    async def outbox(self) -> list[Event]:
        stored = await self.documents.collection.find_one({"_id": ID})
        return [RECEIPT_EVENT.validate_json(item["event"]) for item in stored["outbox"]]

    async def told(self) -> list[str]:
        return [event.type for event in await self.outbox()]

    async def send_until(self, at: datetime) -> None:
        """Rounds at that time until nothing is to be sent."""
        self.clock.at = at
        while await self.sender.round():
            pass

    def counted(self, result: str) -> float | None:
        return self.registry.get_sample_value("dossier_receipt_sla_total", {"result": result})


def _record() -> Record:
    return Record(
        topic="intake.dossier.v1",
        partition=0,
        offset=next(_offsets),
        key=CODE.encode(),
        value=b"",
        timestamp_ms=0,
        log_append_time=True,
    )


@pytest.fixture
async def office(mongodb: MongoAddress) -> AsyncIterator[Replica]:
    client = connect(mongodb.uri)
    name = f"sender{os.getpid()}n{next(_numbers)}_receipt"
    documents, clock, registry = MongoDocuments(client[name]), ManualClock(), CollectorRegistry()
    await documents.prepare()
    with FaultyRelay() as relay:
        mailer = SmtpMailer(
            Relay("127.0.0.1", relay.port, "kn@bhxh.example.vn", 1.5, 3, "bhxh.example.vn"), clock
        )

        async def nothing_unread() -> datetime | None:
            return None

        deps = Deps(
            documents=documents,
            mailer=mailer,
            compose=LetterRenderer(Office("kn@bhxh.example.vn", "BHXH", "bhxh.example.vn")),
            first_unread=nothing_unread,
            clock=clock,
            policy=POLICY,
            terms=TERMS,
            metrics=receipt_metrics(registry),
            lease_seconds=60,
            claims=24,
        )
        yield Replica(deps, documents, clock, relay, registry)
        await mailer.close()
    await client.drop_database(name)
    client.close()


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


class PausedMailer:
    """A mailer whose process stands still between the relay's answer and the mark."""

    def __init__(self, inner: SmtpMailer, meanwhile: Callable[[], None]) -> None:
        self._inner = inner
        self._meanwhile = meanwhile

    async def reach(self) -> None:
        await self._inner.reach()

    async def offer(self, mail: Mail, may_send: Callable[[], bool]) -> Answer:
        answer = await self._inner.offer(mail, may_send)
        self._meanwhile()
        return answer


def paused(office: Replica, meanwhile: Callable[[], None]) -> handlers.Sender:
    inner = office.deps.mailer
    assert isinstance(inner, SmtpMailer)
    return handlers.Sender(replace(office.deps, mailer=PausedMailer(inner, meanwhile)))


async def test_a_sender_paused_past_its_lease_does_not_mark_and_another_takes_over(
    office: Replica,
) -> None:
    await office.hear(submitted(), verdict())

    def sleep_past_the_lease() -> None:
        office.clock.at = SOON + 61 * SECOND

    await paused(office, sleep_past_the_lease).round()
    assert kinds(await office.dossier()) == [("01", "sending")]
    assert await office.told() == []
    await office.send_until(office.clock.at)
    assert await office.told() == ["LetterSent", "SlaMet"]
    assert len(office.relay.accepted) == 2
    assert office.relay.accepted[0] == office.relay.accepted[1]


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

    def sleep_past_the_lease() -> None:
        office.clock.at = DUE + 51 * SECOND

    await paused(office, sleep_past_the_lease).round()
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
