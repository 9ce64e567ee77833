"""CRLs on the real parts: what waits for one survives a SIGKILL and is answered once it comes;
a revocation counts from the moment its list is published."""

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
THIRD = "G09.20-20261122-0000003"


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


async def test_a_revocation_counts_as_soon_as_its_list_is_published(
    platform: Platform, namespace: Namespace, tmp_path: Path
) -> None:
    trust = write_trust(tmp_path)
    await namespace.create_topics_async()
    async with running(
        platform,
        name=namespace.database_prefix,
        prefix=namespace.topic_prefix,
        settings={"TRUST_LIST_PATH": str(trust)},
        services=("signature",),
    ) as system:
        await publish(system, submitted())
        await system.watch.until(lambda: bool(verdicts(system)), "a verdict before", 60)
        revoked = {person().certificate.serial_number: pki.NOW}
        (tmp_path / "crl/ca1.crl").write_bytes(pki.crl(authority("ca1"), revoked, number=2))
        same_serial_of_another_ca = signed(person(ca="ca2"))
        await publish(
            system, submitted(code=OTHER), submitted(same_serial_of_another_ca, code=THIRD)
        )
        await system.watch.until(
            lambda: bool(verdicts(system, OTHER) and verdicts(system, THIRD)), "two after", 60
        )
        assert verdicts(system) == ["SignatureValidated"]
        [refusal] = system.watch.of(VERDICT, code=OTHER)
        assert refusal.type == "SignatureUndetermined"
        assert refusal.data["report"]["sub_indication"] == "REVOKED_NO_POE"
        assert verdicts(system, THIRD) == ["SignatureValidated"]
