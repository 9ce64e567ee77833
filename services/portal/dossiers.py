"""What the settlement desk needs of the topic: the newest text that was filed under a code."""

from __future__ import annotations

import json

from aiokafka.partitioner import DefaultPartitioner

from services.portal.reading import consumer_on, partitions_of


async def newest_text(bootstrap: str, topic: str, code: str) -> str | None:
    """The text of the highest version of `code` in the portal's own topic, or None.

    Reads the code's partition from its beginning to its present end.
    """
    numbers = sorted(each.partition for each in await partitions_of(bootstrap, [topic]))
    number = DefaultPartitioner()(code.encode(), numbers, numbers)
    found: dict[int, str] = {}
    async with consumer_on(bootstrap, [topic], only=number) as consumer:
        (partition,) = consumer.assignment()
        end = (await consumer.end_offsets([partition]))[partition]
        while await consumer.position(partition) < end:
            for records in (await consumer.getmany(timeout_ms=1000)).values():
                for record in records:
                    if record.key == code.encode() and record.offset < end:
                        found |= _filed(record.value)
    return found[max(found)] if found else None


def _filed(value: bytes | None) -> dict[int, str]:
    """Version and text of a record, if that is what it is; anybody may have written anything."""
    try:
        record = json.loads(value or b"")
        if record["type"] in {"DossierFiled", "DossierSupplemented"}:
            return {int(record["data"]["version"]): str(record["data"]["content"]["text"])}
    except (ValueError, KeyError, TypeError):
        return {}
    return {}
