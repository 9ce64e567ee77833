"""What waits for a CRL survives a SIGKILL, stays silent, and is answered once the CRL comes."""

from __future__ import annotations

from pathlib import Path

from aiokafka import AIOKafkaProducer

from deploy.local.platform import Platform
from schemas.envelope import Event
from tests import pki
from tests.conftest import Namespace
from tests.signature_builders import (
    CODE,
    TEXT,
    authority,
    person,
    settled,
    signed,
    submitted,
    write_trust,
)
from tests.system import System, running

INTAKE, VERDICT = "intake.dossier.v1", "signature.verdict.v1"
OTHER = "G09.20-20261122-0000002"


async def publish(system: System, *events: Event) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=system.platform.bootstrap)
    await producer.start()
    try:
        for event in events:
            await producer.send_and_wait(
                system.prefix + INTAKE, event.encode(), key=event.subject.encode()
            )
    finally:
        await producer.stop()


def verdicts(system: System, code: str = CODE) -> list[str]:
    """Types on the verdict topic, each event id once, in order."""
    seen = system.watch.of(VERDICT, code=code)
    return list({record.event["id"]: record.type for record in seen}.values())


async def test_a_verdict_that_waits_for_a_crl_survives_a_kill_and_comes_once(
    platform: Platform, namespace: Namespace, tmp_path: Path
) -> None:
    trust = write_trust(tmp_path, without=("ca1",))
    await namespace.create_topics_async()
    settings = {
        "TRUST_LIST_PATH": str(trust),
        "RETRY_FIRST_SECONDS": "0.5",
        "RETRY_MAX_SECONDS": "1",
        "RETRY_LEASE_SECONDS": "3",
    }
    async with running(
        platform,
        name=namespace.database_prefix,
        prefix=namespace.topic_prefix,
        settings=settings,
        services=("signature",),
    ) as system:
        bad = submitted(signed(person(), text=TEXT + " "), code=OTHER)
        await publish(system, submitted(), settled(person(), note="giả"), settled(), bad)
        first = ["SignatureUndetermined", "SettlementRejected"]
        await system.watch.until(lambda: verdicts(system) == first, "attempt 1", 60)
        await system.watch.until(
            lambda: verdicts(system, OTHER) == ["SignatureRejected"], "nobody else waits", 30
        )
        system.services["signature"].kill()
        system.services["signature"].launch()
        (tmp_path / "crl/ca1.crl").write_bytes(pki.crl(authority("ca1")))
        final = [*first, "SignatureValidated", "SettlementAuthenticated"]
        await system.watch.until(lambda: verdicts(system) == final, "the final verdict", 90)
        document = system.database("signature")["dossiers"].find_one({"_id": f"{CODE}/1"})
        assert document is not None
        assert document["open"] is None
        assert document["waiting"] == []
        assert document["next_try_at"] is None
        assert system.watch.dead_letters() == []
