"""Zombies are seen by one sign: the oldest poll of a partition stops moving (delivery.md).

A stale subscriber restarts the process, unless Kafka itself cannot be reached: then a restart
heals nothing, and the clients recover by themselves.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from services.chassis import connection
from services.chassis.leaving import restart_me
from services.chassis.logs import logger
from services.chassis.settings import Settings
from services.chassis.subscription import Subscription
from services.chassis.supervising import Supervised, Supervisor

STALE_SECONDS = 120.0
SUSPICIOUS_SECONDS = 60.0
REBALANCE_SECONDS = 180.0
"""Rebalance time-out, hand-over and some patience."""
STUCK_LOOP_SECONDS = 900.0
"""Longer than the longest wait for an acknowledgement inside a round."""
_PROBE_TIMEOUT_MS = 5_000
_log = logger(__name__)


def stale_seconds(subscription: Subscription[Any], now: float, wall: float) -> float:
    """How long a subscriber with partitions has neither polled one of them nor begun a batch.

    For one between two ownerships: how long beyond the longest rebalance.
    """
    tenure, consumer = subscription.tenure, subscription.consumer
    if tenure is None:
        return max(0.0, now - subscription.alone_since - REBALANCE_SECONDS)
    if consumer is None or not tenure.places:
        return 0.0
    assigned = consumer.assignment()
    polls = [
        consumer.last_poll_timestamp(place) or 0
        for place in (TopicPartition(*place) for place in tenure.places)
        if place in assigned
    ]
    idle = now - tenure.active_at
    if not polls:
        return idle
    return min(idle, wall - min(polls) / 1000)


@dataclass(slots=True)
class Liveness:
    """Looked at every few seconds; costs nothing per record."""

    settings: Settings
    subscriptions: Sequence[Subscription[Any]]
    supervisor: Supervisor
    _reachable_since: float | None = field(default=None)

    def reasons(self) -> list[str]:
        """Why the process is not alive; empty if it is."""
        now, wall = time.monotonic(), time.time()
        stale = [
            f"subscriber of {each.group} stands still"
            for each in self.subscriptions
            if stale_seconds(each, now, wall) > STALE_SECONDS
        ]
        return stale + [f"loop {each.loop.name} stands still" for each in self._stuck(now)]

    async def tick(self) -> bool:
        """Restart the process where it cannot heal itself."""
        now, wall = time.monotonic(), time.time()
        for each in self._stuck(now):
            restart_me("a loop stands still", loop=each.loop.name)
        stale = max((stale_seconds(each, now, wall) for each in self.subscriptions), default=0.0)
        if stale <= SUSPICIOUS_SECONDS:
            self._reachable_since = None
            return False
        if not await _kafka_answers(self.settings):
            self._reachable_since = None
            return False
        self._reachable_since = self._reachable_since or now
        if stale > STALE_SECONDS and now - self._reachable_since > SUSPICIOUS_SECONDS:
            restart_me("a subscriber stands still", stale_seconds=round(stale))
        return False

    def _stuck(self, now: float) -> list[Supervised]:
        return [
            each
            for each in self.supervisor.running
            if now - each.active_at > STUCK_LOOP_SECONDS + each.loop.every_seconds
        ]


async def _kafka_answers(settings: Settings) -> bool:
    admin = connection.admin(settings.kafka_bootstrap_servers, timeout_ms=_PROBE_TIMEOUT_MS)
    try:
        await admin.start()
        await admin.describe_cluster()
    except (KafkaError, OSError) as error:
        _log.warning("kafka does not answer", error=type(error).__name__)
        return False
    finally:
        await admin.close()
    return True
