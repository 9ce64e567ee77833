"""Reading topics from their first record: which partitions there are, and a consumer on them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

_MAX_FETCH = 8 * 1024 * 1024


class PortalError(Exception):
    """One sentence that says what is not there or cannot be done, and what to do."""


@asynccontextmanager
async def consumer_on(
    bootstrap: str, names: Sequence[str], *, only: int | None = None
) -> AsyncIterator[Any]:
    """A consumer at the beginning of every partition of the topics, or of that one of each.

    Raises PortalError where Kafka or a topic is not there.
    """
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap.split(","),
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        fetch_max_wait_ms=100,
        max_partition_fetch_bytes=_MAX_FETCH,
    )
    try:
        await consumer.start()
        found = await partitions_of(bootstrap, names)
        assigned = [tp for tp in found if only is None or tp.partition == only]
        consumer.assign(assigned)
        await consumer.seek_to_beginning(*assigned)
        yield consumer
    except KafkaError as error:
        raise PortalError(
            f"Cannot read Kafka at {bootstrap} ({type(error).__name__}): "
            "start hoso (`make up`) or correct KAFKA_BOOTSTRAP_SERVERS."
        ) from None
    finally:
        await consumer.stop()


async def partitions_of(bootstrap: str, names: Sequence[str]) -> list[TopicPartition]:
    """All partitions of the topics."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap.split(","))
    await admin.start()
    try:
        described = await admin.describe_topics(list(names))
    finally:
        await admin.close()
    found = [
        TopicPartition(topic["topic"], partition["partition"])
        for topic in described
        for partition in topic["partitions"]
    ]
    if missing := set(names) - {partition.topic for partition in found}:
        raise PortalError(f"There is no topic {min(missing)}: start hoso (`make up`).")
    return found
