"""The intake service as a process on real Kafka and MongoDB: one answer per record, also killed."""

from __future__ import annotations

import os

from deploy.local.platform import Platform
from services.chassis.mongo import connect
from services.chassis.records import Received, Record
from services.intake.core.decision import decide
from services.intake.core.decoding import decode
from services.portal.mixing import mixed
from services.portal.pki import Pki
from services.portal.simulator import Simulator
from tests.census import every_record_has_one_answer
from tests.publish import publish
from tests.system import System, running
from tests.watch import Watch

NAME = f"intakeonly{os.getpid()}"
COUNT = 200


def replayed(watch: Watch) -> dict[str, bytes]:
    """What an auditor computes from the portal's records alone: origin to event."""
    log = sorted(watch.records["portal.dossier.v1"], key=lambda seen: (seen.partition, seen.offset))
    batch = []
    for seen in log:
        topic = seen.origin.split("/")[0]
        record = Record(
            topic,
            seen.partition,
            seen.offset,
            seen.key,
            seen.value,
            seen.timestamp_ms,
            log_append_time=True,
        )
        batch.append(Received(decode(record), record))
    return {event.origin: event.encode() for event in decide(batch, []).events}


def published(system: System) -> dict[str, set[bytes | None]]:
    events: dict[str, set[bytes | None]] = {}
    for seen in system.watch.of("intake.dossier.v1"):
        events.setdefault(seen.event["origin"], set()).add(seen.value)
    return events


async def test_every_record_is_answered_as_a_replay_computes_it_also_across_kills(
    platform: Platform, pki: Pki
) -> None:
    messages = [each.message for each in mixed(Simulator(11, pki), COUNT, largest=20)]
    async with running(platform, name=NAME, settings={}, services=("intake",)) as system:
        watch = system.watch
        for start in range(0, COUNT, 100):
            part = messages[start : start + 100]
            await publish(platform.bootstrap, system.prefix, part)
            answered = len(published(system))
            await watch.until(
                lambda before=answered: len(published(system)) >= before + 20,  # type: ignore[misc]
                "some more are answered",
            )
            system.services["intake"].kill()
        await watch.until(lambda: len(published(system)) >= COUNT, "all are answered")
        await watch.settled(2)
        assert every_record_has_one_answer(watch) == []
        assert watch.dead_letters() == []
        assert published(system) == {origin: {raw} for origin, raw in replayed(watch).items()}
        assert "@example.com" not in system.logs()
    client = connect(platform.mongodb_uri)
    await client.drop_database(f"{NAME}_intake")
    client.close()
