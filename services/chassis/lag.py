"""How far behind: records and seconds per owned partition, and the first unread record of groups.

Committed offsets and ends are asked of the broker; the age of a record is read from the record.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from aiokafka import TopicPartition

from services.chassis import connection, metrics
from services.chassis.errors import TransientError
from services.chassis.parking import Place
from services.chassis.rereading import Originals, originals
from services.chassis.subscription import Subscription

EVERY_SECONDS = 5.0
_lag = metrics.gauge("kafka_consumergroup_lag")
_lag_seconds = metrics.gauge("kafka_consumergroup_lag_seconds")


class LagGauges:
    """Keeps the two lag metrics of what this process owns; partitions that left are removed."""

    def __init__(self, bootstrap: str, subscriptions: Sequence[Subscription[Any]]) -> None:
        self._bootstrap = bootstrap
        self._subscriptions = subscriptions
        self._shown: set[tuple[str, Place]] = set()

    async def tick(self) -> bool:
        """Set every gauge once."""
        shown: set[tuple[str, Place]] = set()
        behind: dict[tuple[str, Place], int] = {}
        for each in self._subscriptions:
            for place, lag in (await _lags(each)).items():
                shown.add((each.group, place))
                _lag.labels(each.group, *place).set(lag)
                if lag > 0 and each.tenure is not None and place in each.tenure.next:
                    behind[each.group, place] = each.tenure.next[place]
                else:
                    _lag_seconds.labels(each.group, *place).set(0)
        await self._ages(behind)
        for group, place in self._shown - shown:
            _lag.remove(group, *place)
            _lag_seconds.remove(group, *place)
        self._shown = shown
        return False

    async def _ages(self, behind: dict[tuple[str, Place], int]) -> None:
        if not behind:
            return
        now = time.time()
        async with originals(self._bootstrap) as reader:
            for group in {group for group, _ in behind}:
                offsets = {place: offset for (g, place), offset in behind.items() if g == group}
                for place, appended in (await reader.appended_ms(offsets)).items():
                    age = max(0.0, now - appended / 1000)
                    _lag_seconds.labels(group, *place).set(age)


async def _lags(subscription: Subscription[Any]) -> dict[Place, int]:
    tenure, consumer = subscription.tenure, subscription.consumer
    if tenure is None or consumer is None or not tenure.places:
        return {}
    if not tenure.loaded:
        async with subscription.turn:
            await subscription.arrived()
    ends = await consumer.end_offsets([TopicPartition(*place) for place in tenure.places])
    return {
        (tp.topic, tp.partition): max(0, end - tenure.next.get((tp.topic, tp.partition), 0))
        for tp, end in ends.items()
    }


async def first_unread(
    bootstrap: str, groups_and_topics: Sequence[tuple[str, str]]
) -> datetime | None:
    """The append time of the oldest record that one of these groups has not committed yet.

    Names as in Kafka, prefix included. None where every group has read everything. A group that
    never committed has read nothing.
    """
    admin = connection.admin(bootstrap)
    try:
        await admin.start()
        groups = sorted({group for group, _ in groups_and_topics})
        listed = await asyncio.gather(*map(admin.list_consumer_group_offsets, groups))
        described = await admin.describe_topics(sorted({topic for _, topic in groups_and_topics}))
    finally:
        await admin.close()
    committed = dict(zip(groups, listed, strict=True))
    counts = {topic["topic"]: len(topic["partitions"]) for topic in described}
    consumer = connection.reader(bootstrap)
    try:
        await consumer.start()
        oldest = [
            await _oldest(consumer, topic, counts[topic], committed[group])
            for group, topic in groups_and_topics
        ]
    finally:
        await consumer.stop()
        del consumer, admin
        connection.free_stopped()
    times = [each for each in oldest if each is not None]
    return datetime.fromtimestamp(min(times) / 1000, tz=UTC) if times else None


async def _oldest(
    consumer: Any, topic: str, count: int, committed: dict[TopicPartition, Any]
) -> int | None:
    places = [TopicPartition(topic, partition) for partition in range(count)]
    ends = await consumer.end_offsets(places)
    begins = await consumer.beginning_offsets(places)
    unread = {}
    for tp in places:
        known = committed.get(tp)
        offset = max(begins[tp], known.offset if known is not None else 0)
        if offset < ends[tp]:
            unread[tp.topic, tp.partition] = offset
    if not unread:
        return None
    found = await Originals(consumer).appended_ms(unread)
    if len(found) < len(unread):
        raise TransientError("an unread record could not be looked at in time")
    return min(found.values())
