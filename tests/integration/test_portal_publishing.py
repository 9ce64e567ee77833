"""The portal's side of the contract on a real broker: partitioner, order, and what can be read."""

from __future__ import annotations

from collections import defaultdict

import pytest
from aiokafka.partitioner import DefaultPartitioner

from schemas import topics
from services.portal.dossiers import newest_text
from services.portal.load import load, load_progress
from services.portal.mixing import mixed
from services.portal.pki import Pki
from services.portal.publishing import Publisher
from services.portal.reading import PortalError, consumer_on
from services.portal.simulator import Simulator
from tests.conftest import Namespace

COUNT = 150
PARTITIONS = 3


async def test_a_load_run_puts_every_record_into_its_keys_partition_in_order(
    namespace: Namespace, pki: Pki
) -> None:
    await namespace.create_topics_async(topics.PORTAL_DOSSIER, partitions=PARTITIONS)
    sim = Simulator(11, pki)
    async with Publisher(namespace.bootstrap, namespace.topic_prefix) as publisher:
        loaded = await load(sim, publisher, rate=1000, count=COUNT, progress=load_progress())
    assert loaded.records.total() == COUNT

    found: dict[bytes | None, list[int]] = defaultdict(list)
    read = 0
    async with consumer_on(namespace.bootstrap, [publisher.topic]) as consumer:
        while read < COUNT:
            for partition, records in (await consumer.getmany(timeout_ms=1000)).items():
                for record in records:
                    read += 1
                    found[record.key].append(len(record.value or b""))
                    if record.key is not None:
                        numbers = list(range(PARTITIONS))
                        expected = DefaultPartitioner()(record.key, numbers, numbers)
                        assert partition.partition == expected

    sent: dict[bytes | None, int] = defaultdict(int)
    for each in mixed(Simulator(11, pki), COUNT):
        sent[each.message.key] += 1
    assert {key: len(values) for key, values in found.items()} == sent


async def test_the_settlement_desk_finds_the_newest_version_of_a_dossier(
    namespace: Namespace, pki: Pki
) -> None:
    await namespace.create_topics_async(topics.PORTAL_DOSSIER, partitions=PARTITIONS)
    sim = Simulator(12, pki)
    first = sim.bad("missing_component")
    second = sim.supplement(first)
    strange, _ = sim.malformed()
    async with Publisher(namespace.bootstrap, namespace.topic_prefix) as publisher:
        for message in (first.message, strange, second.message, sim.one_time().message):
            await publisher.publish(message)
    topic = publisher.topic
    assert await newest_text(namespace.bootstrap, topic, first.code) == second.text
    assert await newest_text(namespace.bootstrap, topic, "G12.01-20260701-0000000") is None


async def test_publishing_without_the_topic_is_one_sentence(namespace: Namespace) -> None:
    with pytest.raises(PortalError, match="There is no topic"):
        async with Publisher(namespace.bootstrap, namespace.topic_prefix):
            pass
