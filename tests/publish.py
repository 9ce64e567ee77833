"""Publishing the simulator's records for a test, with the portal's partitioner."""

from __future__ import annotations

from collections.abc import Iterable

from aiokafka import AIOKafkaProducer

from services.portal.filing import PortalMessage

PORTAL = "portal.dossier.v1"


async def publish(bootstrap: str, prefix: str, messages: Iterable[PortalMessage]) -> list[str]:
    """Send in order, wait for all acknowledgements; the origins, in the order given."""
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap,
        acks="all",
        enable_idempotence=True,
        linger_ms=5,
        max_batch_size=512 * 1024,
        max_request_size=4 * 1024 * 1024,
    )
    await producer.start()
    try:
        sent = [
            await producer.send(
                prefix + PORTAL, key=m.key, value=m.value, headers=list(m.headers) or None
            )
            for m in messages
        ]
        results = [await acknowledged for acknowledged in sent]
    finally:
        await producer.stop()
    return [f"{r.topic}/{r.partition}/{r.offset}" for r in results]
