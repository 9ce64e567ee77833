"""Promise: the deadline is kept or its breach recorded, whatever was down; nothing fires twice."""

from __future__ import annotations

import asyncio
import os
from collections import Counter

import pytest

from deploy.local.platform import Platform
from deploy.local.services import Service
from services.portal.filing import Filed
from services.portal.pki import Pki
from services.portal.simulator import Simulator
from tests.mailbox import Mailbox
from tests.publish import publish
from tests.system import System, running

CHAOS = "HOSO_CHAOS" in os.environ
SLA, OUTAGE, LEASE = (120, 180, 20) if CHAOS else (20, 30, 6)
CLOCKS = {"SlaMet", "SlaBreached"}


def breached_by_the_logs(system: System, mailbox: Mailbox, filed: list[Filed]) -> set[str]:
    """The independent few lines: append time + SLA against the SMTP server's own log."""
    appended = {
        seen.event["subject"]: seen.timestamp_ms / 1000
        for seen in system.watch.records["portal.dossier.v1"]
    }
    first: dict[str, float] = {}
    for mail in mailbox.mails:
        code = next(f.code for f in filed if f.code in mail.subject)
        first[code] = min(mail.at, first.get(code, mail.at))
    return {code for code, at in appended.items() if first.get(code, float("inf")) > at + SLA}


@pytest.mark.timeout(900 if CHAOS else 600)
async def test_breaches_equal_what_append_times_and_the_smtp_log_say(
    platform: Platform, pki: Pki
) -> None:
    sim = Simulator(13, pki)
    waves = [[sim.one_time() for _ in range(20)] for _ in range(4)]
    filed = [f for wave in waves for f in wave]
    mailbox = Mailbox()
    settings = {
        "TRUST_LIST_PATH": str(pki.trust_list),
        "SMTP_URL": mailbox.url,
        "SLA_SECONDS": str(SLA),
        "SMTP_LEASE_SECONDS": str(LEASE),
    }
    async with running(platform, name="clock", settings=settings) as system:
        send = system.platform.bootstrap, system.prefix
        mailbox.start()
        await publish(*send, [f.message for f in waves[0]])
        await receipted(system, waves[0])
        mailbox.stop()  # SMTP down: the second wave waits, longer than its SLA
        await publish(*send, [f.message for f in waves[1]])
        await asyncio.sleep(OUTAGE)
        system.services["intake"].stop()  # intake stopped: the third wave is not even armed
        await publish(*send, [f.message for f in waves[2]])
        mailbox.start()
        await asyncio.sleep(OUTAGE)
        system.services["intake"].launch()
        await publish(*send, [f.message for f in waves[3]])
        await receipted(system, filed)
        await system.watch.until(
            lambda: len(outcomes(system)) == len(filed), "all outcomes", SLA + 60
        )
        mailbox.stop()

        breached = {code for code, kinds in outcomes(system).items() if "SlaBreached" in kinds}
        assert breached == breached_by_the_logs(system, mailbox, filed)
        assert breached >= {f.code for f in (*waves[1], *waves[2])}
        assert_nothing_fired_twice(system, mailbox)


@pytest.mark.timeout(900 if CHAOS else 600)
async def test_two_replicas_one_of_them_frozen_past_its_lease_fire_nothing_twice(
    platform: Platform, pki: Pki
) -> None:
    sim = Simulator(14, pki)
    filed = [sim.one_time() for _ in range(60)]
    with Mailbox() as mailbox:
        settings = {
            "TRUST_LIST_PATH": str(pki.trust_list),
            "SMTP_URL": mailbox.url,
            "SLA_SECONDS": str(2 * SLA),
            "SMTP_LEASE_SECONDS": str(LEASE),
        }
        async with running(platform, name="replicas", settings=settings) as system:
            second = Service("receipt", env=system.env, logs=platform.logs, instance="receipt-2")
            second.launch()
            second.wait_ready()
            try:
                send = system.platform.bootstrap, system.prefix
                await publish(*send, [f.message for f in filed[:30]])
                await asyncio.sleep(0.5)
                system.services["receipt"].pause()
                await publish(*send, [f.message for f in filed[30:]])
                await asyncio.sleep(3 * LEASE)
                system.services["receipt"].resume()
                await receipted(system, filed)
                await system.watch.until(
                    lambda: len(outcomes(system)) == len(filed), "all outcomes", 2 * SLA + 60
                )
                await system.watch.settled(LEASE + 1)
            finally:
                second.stop()
            assert_nothing_fired_twice(system, mailbox)


def outcomes(system: System) -> dict[str, set[str]]:
    """Per dossier the outcomes of its clock."""
    found: dict[str, set[str]] = {}
    for seen in system.watch.of("receipt.letter.v1", *CLOCKS):
        found.setdefault(seen.event["subject"], set()).add(seen.type)
    return found


async def receipted(system: System, filed: list[Filed]) -> None:
    codes = {f.code for f in filed}
    await system.watch.until(
        lambda: (
            {s.event["subject"] for s in system.watch.of("receipt.letter.v1", "LetterSent")}
            >= codes
        ),
        "every letter sent",
        SLA + 90,
    )


def assert_nothing_fired_twice(system: System, mailbox: Mailbox) -> None:
    """One outcome and one id per kind of event; a repeated mail only with the same Message-ID."""
    assert all(len(kinds) == 1 for kinds in outcomes(system).values())
    ids: dict[tuple[str, str], set[str]] = {}
    for seen in system.watch.of("receipt.letter.v1"):
        ids.setdefault((seen.event["subject"], seen.type), set()).add(seen.event["id"])
    assert all(len(found) == 1 for found in ids.values())
    messages: dict[str, set[str]] = {}
    for mail in mailbox.mails:
        messages.setdefault(mail.recipient + mail.subject, set()).add(mail.message_id)
    assert all(len(found) == 1 for found in messages.values())
    repeated = {m: n for m, n in Counter(m.message_id for m in mailbox.mails).items() if n > 1}
    assert len(repeated) <= 8, f"more than one send batch was repeated: {repeated}"
