"""What the settlement desk needs of the topic: the newest text that was filed under a code."""

from __future__ import annotations

import json
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from aiokafka.partitioner import DefaultPartitioner

from services.portal.publishing import PublishingError


async def newest_text(bootstrap: str, topic: str, code: str) -> str | None:
    """The text of the highest version of `code` in the portal's own topic, or None.

    Reads the code's partition from its beginning to its present end.
    """
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap.split(","),
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=8 * 1024 * 1024,
    )
    try:
        await consumer.start()
        return await _search(consumer, topic, code)
    except KafkaError as error:
        raise PublishingError(
            f"Cannot read {topic} at {bootstrap} ({type(error).__name__}): "
            "start hoso (`make up`) or correct KAFKA_BOOTSTRAP_SERVERS."
        ) from None
    finally:
        await consumer.stop()


async def _search(consumer: Any, topic: str, code: str) -> str | None:
    numbers = sorted(consumer.partitions_for_topic(topic) or await _partitions(consumer, topic))
    partition = TopicPartition(topic, DefaultPartitioner()(code.encode(), numbers, numbers))
    consumer.assign([partition])
    await consumer.seek_to_beginning(partition)
    end = (await consumer.end_offsets([partition]))[partition]
    found: dict[int, str] = {}
    while await consumer.position(partition) < end:
        for records in (await consumer.getmany(timeout_ms=1000)).values():
            for record in records:
                if record.key == code.encode() and record.offset < end:
                    found |= _filed(record.value)
    return found[max(found)] if found else None


async def _partitions(consumer: Any, topic: str) -> set[int]:
    await consumer.topics()
    numbers: set[int] | None = consumer.partitions_for_topic(topic)
    if not numbers:
        raise PublishingError(f"There is no topic {topic}: start hoso (`make up`).")
    return numbers


def _filed(value: bytes | None) -> dict[int, str]:
    """Version and text of a record, if that is what it is; anybody may have written anything."""
    try:
        record = json.loads(value or b"")
        if record["type"] in {"DossierFiled", "DossierSupplemented"}:
            return {int(record["data"]["version"]): str(record["data"]["content"]["text"])}
    except (ValueError, KeyError, TypeError):
        return {}
    return {}
