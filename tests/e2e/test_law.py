"""Promises of the law: the province changes nothing, no book without an authenticated settlement,
a forged one blocks nobody, and a list of two thousand people goes all the way."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from itertools import cycle

import pytest

from deploy.local.platform import Platform
from services.portal.filing import Filed
from services.portal.pki import Pki
from services.portal.places import PROVINCES
from services.portal.simulator import Simulator
from tests.mailbox import Mailbox
from tests.publish import publish
from tests.system import System, running
from tests.watch import Watch

OUTCOMES = ("signature.verdict.v1", "receipt.letter.v1")


def outcome(system: System, code: str) -> list[tuple[str, str | None, str | None]]:
    """Everything that was decided about a dossier, without ids and times."""
    return sorted(
        (seen.type, seen.data.get("kind"), str(seen.data.get("portal_status")))
        for topic in OUTCOMES
        for seen in system.watch.of(topic, code=code)
    )


def refused_settlements(watch: Watch) -> int:
    """Settlements that intake or signature refused."""
    at_intake = [
        seen
        for seen in watch.of("intake.dossier.v1", "DossierRefused")
        if seen.data["record_type"] == "DossierSettled"
    ]
    return len(at_intake) + len(watch.of("signature.verdict.v1", "SettlementRejected"))


def books(system: System) -> int:
    return int(system.database("ebook").books.count_documents({}))


@pytest.mark.timeout(600)
async def test_the_law_holds_end_to_end(platform: Platform, pki: Pki) -> None:
    sim = Simulator(12, pki)
    with Mailbox() as mailbox:
        settings = {"TRUST_LIST_PATH": str(pki.trust_list), "SMTP_URL": mailbox.url}
        async with running(platform, name="law", settings=settings) as system:
            await the_province_never_changes_an_outcome(system, sim)
            await no_settlement_reaches_a_book_without_a_validated_signature(system, sim)
            await a_forged_settlement_does_not_block_the_true_one(system, sim)
            others = Simulator(15, pki)  # none of its people has a book yet
            await a_list_of_two_thousand_people_goes_end_to_end(system, others)


async def the_province_never_changes_an_outcome(system: System, sim: Simulator) -> None:
    base = sim.one_time().draft
    addresses = [{**base.submitter.address, "province": name} for name, *_ in PROVINCES]
    filed = [
        sim.file(replace(base, submitter=replace(base.submitter, address=address)))
        for address in addresses
    ]
    await publish(system.platform.bootstrap, system.prefix, [f.message for f in filed])
    await all_lettered(system, filed)
    assert len(filed) >= 34
    assert len({tuple(outcome(system, f.code)) for f in filed}) == 1


async def no_settlement_reaches_a_book_without_a_validated_signature(
    system: System, sim: Simulator
) -> None:
    before = books(system)
    bad = [sim.bad(f) for f in ("flipped_byte", "expired", "revoked", "other_signer", "low_eid")]
    settled = [sim.settle(filed) for filed in bad]
    never_filed = sim.settle(sim.one_time())
    early = [settled[0].message]  # a settlement may even come before its dossier
    messages = [*early, *(f.message for f in bad), *(s.message for s in settled[1:])]
    await publish(system.platform.bootstrap, system.prefix, [*messages, never_filed.message])
    watch = system.watch
    await watch.until(
        lambda: refused_settlements(watch) == len(settled) + 1,
        "every one of the six settlements refused",
    )
    await asyncio.sleep(2)  # a book that is not there must stay not there
    assert not watch.of("signature.verdict.v1", "SettlementAuthenticated")
    assert books(system) == before == 0


async def a_forged_settlement_does_not_block_the_true_one(system: System, sim: Simulator) -> None:
    filed = [sim.one_time(), sim.sickness(3), sim.identity_change()]
    forged = [
        sim.forged_settlement(filed[0]),
        sim.forged_settlement(filed[1], by_other_agency=True),
        sim.forged_settlement(filed[2], copied_text=True),
    ]
    true = [sim.settle(f) for f in filed]
    for group in (filed, forged, true):
        await publish(system.platform.bootstrap, system.prefix, [item.message for item in group])
    watch = system.watch
    codes = {f.code for f in filed}
    await watch.until(
        lambda: {s.event["subject"] for s in watch.of("ebook.dossier.v1")} >= codes,
        "all completed",
    )
    for filed_one in filed:
        kinds = [s.type for s in watch.of("signature.verdict.v1", code=filed_one.code)]
        assert kinds.count("SettlementAuthenticated") == kinds.count("SettlementRejected") == 1


async def a_list_of_two_thousand_people_goes_end_to_end(system: System, sim: Simulator) -> None:
    filed = sim.employer_list(2000, new=5)
    outcomes = [o for o, _ in zip(cycle(["GRANTED"] * 19 + ["REFUSED"]), range(2000), strict=False)]
    settled = sim.settle(filed, outcomes)  # type: ignore[arg-type]
    before = books(system)
    await publish(system.platform.bootstrap, system.prefix, [filed.message, settled.message])
    watch = system.watch
    await watch.until(
        lambda: bool(watch.of("ebook.dossier.v1", code=filed.code)), "the list completed", 300
    )
    (completed,) = watch.of("ebook.dossier.v1", code=filed.code)
    assert len(completed.data["done"]) == 1900
    assert len(completed.data["refused"]) == 100
    assert books(system) - before == 1900
    assert not watch.dead_letters()


async def all_lettered(system: System, filed: list[Filed]) -> None:
    codes = {f.code for f in filed}
    watch = system.watch
    await watch.until(
        lambda: {s.event["subject"] for s in watch.of("receipt.letter.v1", "LetterSent")} >= codes,
        "a letter for every dossier",
    )
