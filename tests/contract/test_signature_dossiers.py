"""One scenario for Dossiers, run in memory and on a real MongoDB, and the handlers on both."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from schemas.signature import SIGNATURE_EVENT
from services.chassis.mongo import connect
from services.signature.adapters.mongo_dossiers import MongoDossiers
from services.signature.core.chain import Evidence
from services.signature.core.decisions import Rules, settle, submit
from services.signature.core.dossier import Dossier, RetryPlan, Version
from services.signature.deps import Deps
from services.signature.handlers import look_again, on_intake_events
from services.signature.metrics import Metrics
from services.signature.ports import Dossiers
from tests.conftest import Namespace
from tests.memory_dossiers import MemoryDossiers
from tests.pki import NOW
from tests.signature_builders import (
    CODE,
    POLICY,
    evidence,
    person,
    received,
    settled,
    submitted,
)

PLAN = RetryPlan(60, 600)
LATER = NOW + timedelta(minutes=2)
LEASE = LATER + timedelta(seconds=30)
ORIGIN = "intake.dossier.v1/0/0"


@dataclass
class Moment:
    """A clock that a test sets."""

    at: datetime = LATER

    def now(self) -> datetime:
        return self.at


@dataclass
class Given:
    """Evidence that a test sets."""

    found: Evidence

    async def current(self) -> Evidence:
        return self.found


@pytest.fixture(params=["memory", "mongodb"])
async def dossiers(request: pytest.FixtureRequest) -> AsyncIterator[Dossiers]:
    if request.param == "memory":
        yield MemoryDossiers()
        return
    namespace: Namespace = request.getfixturevalue("namespace")
    client = connect(namespace.mongodb_uri)
    name = f"{namespace.database_prefix}_signature"
    store = MongoDossiers(client[name])
    await store.prepare()
    yield store
    await client.drop_database(name)
    client.close()


def deps_of(dossiers: Dossiers, found: Evidence | None = None, at: datetime = LATER) -> Deps:
    return Deps(
        evidence=Given(found or evidence()),
        dossiers=dossiers,
        policy=POLICY,
        plan=PLAN,
        clock=Moment(at),
        metrics=Metrics(CollectorRegistry()),
    )


def waiting_version() -> Version:
    """Open, with a waiting settlement, a stored rejection and something for the outbox."""
    late = Rules(evidence(without=("ca1",)), POLICY, PLAN)
    dossier, (verdict,) = submit(Dossier(CODE), submitted(), ORIGIN, late)
    dossier, _ = settle(dossier, settled(person(), note="giả"), ORIGIN, late)
    dossier, _ = settle(dossier, settled(), ORIGIN, late)
    return replace(dossier.version(1), outgoing=(verdict,))


async def outbox_of(dossiers: Dossiers) -> list[str]:
    """The types of what a relay would publish now."""
    if isinstance(dossiers, MemoryDossiers):
        return [event.type for events in dossiers.outboxes.values() for event in events]
    assert isinstance(dossiers, MongoDossiers)
    documents: list[dict[str, Any]] = await dossiers.documents.find({}).to_list(None)
    entries = [entry for document in documents for entry in document["outbox"]]
    events = [SIGNATURE_EVENT.validate_json(entry["event"]) for entry in entries]
    assert [entry["_id"] for entry in entries] == [str(event.id) for event in events]
    return [event.type for event in events]


async def relay_all(dossiers: Dossiers) -> None:
    if isinstance(dossiers, MemoryDossiers):
        dossiers.outboxes.clear()
    else:
        assert isinstance(dossiers, MongoDossiers)
        await dossiers.documents.update_many({}, {"$set": {"outbox": []}})


async def test_what_is_saved_is_loaded_equal(dossiers: Dossiers) -> None:
    version = waiting_version()
    assert await dossiers.save([version])
    loaded = (await dossiers.load({CODE}))[CODE].version(1)
    assert loaded == replace(version, revision=1, outgoing=(), has_outbox=True)
    assert await outbox_of(dossiers) == ["SignatureUndetermined"]


async def test_unknown_codes_are_absent(dossiers: Dossiers) -> None:
    assert await dossiers.load({CODE}) == {}
    assert await dossiers.load(()) == {}
    assert await dossiers.save(())


async def test_a_change_of_what_was_not_loaded_last_is_refused(dossiers: Dossiers) -> None:
    version = waiting_version()
    assert await dossiers.save([version])
    assert not await dossiers.save([version])
    stale = (await dossiers.load({CODE}))[CODE].version(1)
    assert await dossiers.save([replace(stale, tries=1)])
    assert not await dossiers.save([replace(stale, tries=7)])
    assert (await dossiers.load({CODE}))[CODE].version(1).tries == 1


async def test_a_refused_change_does_not_keep_the_others_from_landing(dossiers: Dossiers) -> None:
    assert await dossiers.save([Version(CODE, 1)])
    assert not await dossiers.save([Version(CODE, 1), Version(CODE, 2, content_sha256="0" * 64)])
    assert set((await dossiers.load({CODE}))[CODE].versions) == {1, 2}


async def test_a_save_adds_to_the_outbox_and_keeps_what_is_there(dossiers: Dossiers) -> None:
    version = waiting_version()
    assert await dossiers.save([version])
    loaded = (await dossiers.load({CODE}))[CODE].version(1)
    assert await dossiers.save([replace(loaded, outgoing=version.outgoing)])
    assert await outbox_of(dossiers) == ["SignatureUndetermined"] * 2
    await relay_all(dossiers)
    assert not (await dossiers.load({CODE}))[CODE].version(1).has_outbox


async def test_only_one_replica_claims_what_is_due_until_the_lease_ends(dossiers: Dossiers) -> None:
    assert await dossiers.save([waiting_version()])
    assert not await dossiers.claim(NOW, LEASE, 10)
    claims = await asyncio.gather(*(dossiers.claim(LATER, LEASE, 10) for _ in range(3)))
    assert sorted(len(claim) for claim in claims) == [0, 0, 1]
    assert not await dossiers.claim(LATER, LEASE, 10)
    assert list(await dossiers.claim(LEASE, LEASE + timedelta(seconds=30), 10)) == [(CODE, 1)]


async def test_the_handler_repeats_the_same_bytes(dossiers: Dossiers) -> None:
    batch = [received(submitted(), 0), received(settled(), 1)]
    first = await on_intake_events(batch, deps_of(dossiers))
    assert [e.type for e in first] == ["SignatureValidated", "SettlementAuthenticated"]
    again = await on_intake_events(batch, deps_of(dossiers, evidence(without=("ca1",))))
    one_by_one = [
        event for record in batch for event in await on_intake_events([record], deps_of(dossiers))
    ]
    assert [e.encode() for e in again] == [e.encode() for e in first]
    assert [e.encode() for e in one_by_one] == [e.encode() for e in first]


async def test_two_owners_of_one_batch_publish_the_same_bytes(dossiers: Dossiers) -> None:
    batch = [received(submitted(version=n), n) for n in (1, 2)] + [received(settled(version=2), 3)]
    results = await asyncio.gather(*(on_intake_events(batch, deps_of(dossiers)) for _ in range(3)))
    encoded = [[event.encode() for event in events] for events in results]
    assert encoded[0] == encoded[1] == encoded[2]


async def test_a_crl_that_appears_later_releases_verdict_and_settlement(dossiers: Dossiers) -> None:
    late = evidence(without=("ca1", "specialised"))
    batch = [received(submitted(), 0), received(settled(), 1)]
    events = await on_intake_events(batch, deps_of(dossiers, late))
    assert [e.type for e in events] == ["SignatureUndetermined"]
    assert not await look_again(deps_of(dossiers, late))
    assert await outbox_of(dossiers) == []
    tomorrow = deps_of(dossiers, at=LATER + timedelta(hours=1))
    assert not await look_again(tomorrow)
    assert await outbox_of(dossiers) == ["SignatureValidated", "SettlementAuthenticated"]
    assert not await look_again(tomorrow)
    assert len(await outbox_of(dossiers)) == 2
    again = await on_intake_events(batch, deps_of(dossiers))
    assert again == []  # still behind the outbox, so they go through it
    await relay_all(dossiers)
    repeated = await on_intake_events(batch, deps_of(dossiers))
    assert [e.type for e in repeated] == [
        "SignatureUndetermined",
        "SignatureValidated",
        "SettlementAuthenticated",
    ]


async def test_verdicts_are_counted_once(dossiers: Dossiers) -> None:
    registry = CollectorRegistry()
    deps = replace(deps_of(dossiers), metrics=Metrics(registry))
    for _ in range(3):
        await on_intake_events([received(submitted(), 0)], deps)
    labels = {"verdict": "TOTAL_PASSED", "sub_indication": "NONE"}
    assert registry.get_sample_value("dossier_signature_verdicts_total", labels) == 1
