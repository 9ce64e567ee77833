"""Nothing is lost and order per key is kept, however the process ends."""

from __future__ import annotations

import asyncio
import os
import random
from collections import Counter

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete

from services.chassis.lag import first_unread
from tests.echoing import (
    DLT,
    IN,
    OUT,
    Space,
    answered,
    answers,
    echo,
    first_order_per_key,
    ready,
    set_aside,
    stage,
)

KILLS = 40 if os.environ.get("HOSO_CHAOS") else 6
STOPS = 20 if os.environ.get("HOSO_CHAOS") else 4
SEED = int(os.environ.get("HOSO_SEED", "20261122"))


async def test_a_process_killed_at_random_moments_loses_nothing_and_keeps_order_per_key(
    namespace: Space,
) -> None:
    moments = random.Random(SEED)
    async with stage(namespace) as (sender, watch):
        service = echo(namespace, echo_pause_seconds=0.05)
        await ready(service)
        load = asyncio.create_task(sender.stream(seconds=KILLS * 2.5))
        for _ in range(KILLS):
            await asyncio.sleep(moments.uniform(0.2, 1.5))
            await asyncio.to_thread(service.kill)
            await ready(service)
        await load
        await watch.until(lambda: answered(watch) >= set(sender.sent), "every record answered")
        await asyncio.to_thread(service.stop)
    assert answered(watch) == set(sender.sent)
    assert not watch.of(DLT)
    for offsets in first_order_per_key(watch).values():
        assert offsets == sorted(offsets)
    values: dict[str, set[bytes | None]] = {}
    for seen in answers(watch):
        values.setdefault(seen.event["id"], set()).add(seen.value)
    assert all(len(same) == 1 for same in values.values()), "a repeated record is byte-equal"


async def test_nothing_is_committed_before_its_answers_are_acknowledged(namespace: Space) -> None:
    waits = namespace.directory / "unheard"
    async with stage(namespace, partitions=1) as (sender, watch):
        unheard = echo(namespace, module="tests.services_under_test.unheard", echo_unheard=waits)
        await ready(unheard)
        await sender.orders(["ok"], key="k")
        await watch.until(waits.exists, "it waits for the acknowledgement")
        await asyncio.sleep(1)  # time for a commit that must not be
        too_early = await committed(namespace)
        await asyncio.to_thread(unheard.kill)
        assert too_early == []
        service = echo(namespace, "heard")
        await ready(service)
        await watch.until(lambda: answered(watch) == set(sender.sent), "answered by the next")
        await asyncio.to_thread(service.stop)
        assert await committed(namespace) == [1]


async def committed(space: Space) -> list[int]:
    """What Kafka holds as committed by the group, per partition that has a commit."""
    admin = AIOKafkaAdminClient(bootstrap_servers=space.bootstrap)
    await admin.start()
    try:
        found = await admin.list_consumer_group_offsets(f"{space.topic_prefix}intake")
    finally:
        await admin.close()
    return [place.offset for place in found.values()]


async def test_a_process_that_is_asked_to_stop_repeats_nothing(namespace: Space) -> None:
    moments = random.Random(SEED + 1)
    async with stage(namespace) as (sender, watch):
        service = echo(namespace, echo_pause_seconds=0.05)
        await ready(service)
        load = asyncio.create_task(sender.stream(seconds=STOPS * 2.5))
        for _ in range(STOPS):
            await asyncio.sleep(moments.uniform(0.2, 1.0))
            await asyncio.to_thread(service.stop)
            assert service.exit_code == 0
            await ready(service)
        await load
        await watch.until(lambda: answered(watch) >= set(sender.sent), "every record answered")
        await asyncio.to_thread(service.stop)
    assert Counter(seen.event["origin"] for seen in answers(watch)) == Counter(sender.sent.keys())
    for offsets in first_order_per_key(watch).values():
        assert offsets == sorted(offsets)


async def test_members_that_come_and_go_hand_over_without_a_repetition(namespace: Space) -> None:
    async with stage(namespace, partitions=6) as (sender, watch):
        steady = echo(namespace, "steady", echo_pause_seconds=0.05)
        guest = echo(namespace, "guest", echo_pause_seconds=0.05)
        await ready(steady)
        load = asyncio.create_task(sender.stream(seconds=8))
        for _ in range(2):
            await ready(guest)
            await asyncio.sleep(1)
            await asyncio.to_thread(guest.stop)
        await load
        await watch.until(lambda: answered(watch) >= set(sender.sent), "every record answered")
        await asyncio.to_thread(steady.stop)
    assert Counter(seen.event["origin"] for seen in answers(watch)) == Counter(sender.sent.keys())
    for offsets in first_order_per_key(watch).values():
        assert offsets == sorted(offsets)


async def test_two_replicas_relay_every_outbox_once(namespace: Space) -> None:
    async with stage(namespace, partitions=6) as (sender, watch):
        services = [echo(namespace, "one"), echo(namespace, "two")]
        await asyncio.gather(*map(ready, services))
        for number in range(60):
            await sender.orders(["outbox"] * 5, key=f"box{number}")
        await watch.until(lambda: answered(watch) >= set(sender.sent), "every outbox relayed")
        await watch.settled(1)
        await asyncio.gather(*(asyncio.to_thread(service.stop) for service in services))
    assert Counter(seen.event["origin"] for seen in answers(watch)) == Counter(sender.sent.keys())
    for offsets in first_order_per_key(watch).values():
        assert offsets == sorted(offsets)


async def test_one_record_may_give_more_events_than_fit_in_flight(namespace: Space) -> None:
    async with stage(namespace) as (sender, watch):
        service = echo(namespace)
        await ready(service)
        origins = await sender.orders(["ok", "answer often", "ok"], key="k")
        await watch.until(lambda: len(answers(watch)) == 12_002, "all events of all records")
        await asyncio.to_thread(service.stop)
    assert first_order_per_key(watch)["k"] == [int(o.rsplit("/", 1)[1]) for o in origins]
    assert not set_aside(watch)


async def test_records_that_retention_took_leave_a_dead_letter_with_their_range(
    namespace: Space,
) -> None:
    async with stage(namespace, partitions=1) as (sender, watch):
        service = echo(namespace)
        await ready(service)
        await sender.orders(["ok"] * 10, key="k")
        await watch.until(lambda: len(watch.of(OUT)) == 10, "read")
        await asyncio.to_thread(service.stop)
        await sender.orders(["ok"] * 10, key="k")
        await watch.until(lambda: len(watch.of(IN)) == 20, "the watch read its input")
        admin = AIOKafkaAdminClient(bootstrap_servers=namespace.bootstrap)
        await admin.start()
        place = TopicPartition(namespace.topic_prefix + IN, 0)
        await admin.delete_records({place: RecordsToDelete(before_offset=15)})
        await admin.close()
        await ready(service)
        await watch.until(lambda: len(watch.of(OUT)) == 15, "the rest is read")
        await asyncio.to_thread(service.stop)
    [letter] = watch.of(DLT)
    assert letter.data["reason"] == "RETENTION_GAP"
    assert (letter.data["offset"], letter.data["until_offset"]) == (10, 15)


async def test_the_first_unread_record_is_that_of_the_slowest_group(namespace: Space) -> None:
    names = [(f"{namespace.topic_prefix}intake", namespace.topic_prefix + IN)]
    async with stage(namespace) as (sender, watch):
        assert await first_unread(namespace.bootstrap, names) is None
        await sender.orders(["ok"] * 5, key="a")
        await asyncio.sleep(0.05)
        await sender.orders(["ok"] * 5, key="b")
        await watch.until(lambda: len(watch.of(IN)) == 10, "the watch read its input")
        oldest = min(seen.timestamp_ms for seen in watch.of(IN))
        found = await first_unread(namespace.bootstrap, names)
        assert found is not None
        assert round(found.timestamp() * 1000) == oldest
        service = echo(namespace)
        await ready(service)
        await watch.until(lambda: len(watch.of(OUT)) == 10, "every record answered")
        await asyncio.to_thread(service.stop)
        assert await first_unread(namespace.bootstrap, names) is None
