from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from aiokafka import TopicPartition

from services.chassis.liveness import stale_seconds

NOW, WALL = 1_000.0, 1_700_000_000.0
PLACES = frozenset({("t", 0), ("t", 1)})


def subscriber(
    polled_ago: tuple[float, ...], worked_ago: float, places: frozenset[Any] = PLACES
) -> Any:
    ages = dict(zip(sorted(PLACES), polled_ago, strict=False))
    consumer = SimpleNamespace(
        assignment=lambda: {TopicPartition(*place) for place in places},
        last_poll_timestamp=lambda tp: (WALL - ages[tp.topic, tp.partition]) * 1000,
    )
    tenure = SimpleNamespace(places=places, active_at=NOW - worked_ago)
    return SimpleNamespace(tenure=tenure, consumer=consumer)


def test_an_idle_subscriber_that_polls_is_alive() -> None:
    assert stale_seconds(subscriber((0.1, 0.2), 9_999), NOW, WALL) < 1


def test_a_subscriber_that_works_is_alive_though_it_does_not_poll() -> None:
    assert stale_seconds(subscriber((200, 300), 5), NOW, WALL) == 5


def test_a_zombie_is_as_old_as_its_oldest_poll() -> None:
    assert round(stale_seconds(subscriber((0.1, 130), 500), NOW, WALL)) == 130


def test_a_subscriber_without_partitions_cannot_be_stale() -> None:
    assert stale_seconds(subscriber((), 9_999, frozenset()), NOW, WALL) == 0


def test_a_subscriber_that_never_comes_back_from_a_rebalance_is_seen() -> None:
    away = SimpleNamespace(tenure=None, consumer=None, alone_since=NOW - 100)
    assert stale_seconds(away, NOW, WALL) == 0  # type: ignore[arg-type]
    away.alone_since = NOW - 400
    assert stale_seconds(away, NOW, WALL) > 120  # type: ignore[arg-type]
