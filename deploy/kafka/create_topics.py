"""Every topic of `schemas/topics.py` exists with its policy; running it again changes nothing.

`python -m deploy.kafka.create_topics` uses KAFKA_BOOTSTRAP_SERVERS and TOPIC_PREFIX.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, for_code

from schemas.topics import DEAD_LETTERS, LOCAL_PARTITIONS, TOPICS, Topic

_ALREADY_EXISTS = 36
_READY_SECONDS = 30.0


class TopicsError(Exception):
    """One sentence that says which topic is not as it must be, and what to do."""


def policy_of(topic: Topic) -> dict[str, str]:
    """The topic's settings: kept for ever, the broker's clock, the size it may carry."""
    return {
        "cleanup.policy": topic.cleanup,
        "retention.ms": "-1",
        "retention.bytes": "-1",
        "max.message.bytes": str(topic.max_record_bytes),
        "message.timestamp.type": "LogAppendTime",
    }


async def create_topics(
    bootstrap: str,
    prefix: str = "",
    partitions: int | None = None,
    *,
    replication: int = 1,
    topics: Sequence[Topic] = (*TOPICS, *DEAD_LETTERS),
) -> None:
    """Create what is missing and correct the policy of what exists; names get `prefix` in front.

    Keyed topics get `partitions` (LOCAL_PARTITIONS unless given). Raises TopicsError where a topic
    has another count than was asked for: a keyed topic never changes its number of partitions.
    """
    wanted = {prefix + topic.name: topic for topic in topics}
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap.split(","))
    await admin.start()
    try:
        existing = await _create(admin, wanted, partitions or LOCAL_PARTITIONS, replication)
        counts = await _await_leaders(admin, wanted)
        if partitions is not None:
            _check_counts(wanted, counts, partitions)
        if existing:
            await _correct(admin, {name: wanted[name] for name in existing})
    finally:
        await admin.close()


async def _create(
    admin: AIOKafkaAdminClient, wanted: dict[str, Topic], partitions: int, replication: int
) -> list[str]:
    """The names that existed before."""
    response = await admin.create_topics(
        [
            NewTopic(name, topic.partitions(partitions), replication, None, policy_of(topic))
            for name, topic in wanted.items()
        ]
    )
    existing = []
    for name, code, message in response.topic_errors:
        if code == _ALREADY_EXISTS:
            existing.append(name)
        elif code:
            raise TopicsError(f"Topic {name} cannot be created: {message or for_code(code)}")
    return existing


async def _await_leaders(admin: AIOKafkaAdminClient, wanted: dict[str, Topic]) -> dict[str, int]:
    """How many partitions each topic has, once every partition has a leader."""
    deadline = asyncio.get_running_loop().time() + _READY_SECONDS
    while True:
        described = await admin.describe_topics(list(wanted))
        if all(
            topic["error_code"] == 0
            and topic["partitions"]
            and all(part["leader"] >= 0 for part in topic["partitions"])
            for topic in described
        ):
            return {topic["topic"]: len(topic["partitions"]) for topic in described}
        if asyncio.get_running_loop().time() > deadline:
            raise TopicsError(f"Kafka has no leader for every partition after {_READY_SECONDS} s.")
        await asyncio.sleep(0.05)


def _check_counts(wanted: dict[str, Topic], counts: dict[str, int], partitions: int) -> None:
    for name, topic in wanted.items():
        if counts[name] != topic.partitions(partitions):
            raise TopicsError(
                f"Topic {name} has {counts[name]} partitions, {topic.partitions(partitions)} were "
                "asked for: a keyed topic never changes its number of partitions."
            )


async def _correct(admin: AIOKafkaAdminClient, existing: dict[str, Topic]) -> None:
    resources = [
        ConfigResource(ConfigResourceType.TOPIC, name, dict.fromkeys(policy_of(topic)))
        for name, topic in existing.items()
    ]
    wrong = [
        name
        for response in await admin.describe_configs(resources)
        for _, _, _, name, entries, *_ in response.resources
        if _as_policy(entries) != policy_of(existing[name])
    ]
    if not wrong:
        return
    changes = [
        ConfigResource(ConfigResourceType.TOPIC, name, policy_of(existing[name])) for name in wrong
    ]
    for response in await admin.alter_configs(changes):
        for code, message, _, name in response.resources:
            if code:
                raise TopicsError(f"Topic {name} keeps a wrong policy: {message}")


def _as_policy(entries: Sequence[Any]) -> dict[str, str]:
    return {entry[0]: entry[1] for entry in entries}


def main() -> int:
    """Exit code 0, or 1 after one sentence."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--partitions", type=int, help="of keyed topics (48 in production)")
    parser.add_argument("--replication", type=int, default=1, help="replicas (3 in production)")
    arguments = parser.parse_args()
    bootstrap = os.environ.get("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:19092")
    prefix = os.environ.get("TOPIC_PREFIX", "")
    try:
        asyncio.run(
            create_topics(
                bootstrap, prefix, arguments.partitions, replication=arguments.replication
            )
        )
    except (TopicsError, KafkaError, OSError) as error:
        sys.stderr.write(f"{error} (Kafka at {bootstrap}, from KAFKA_BOOTSTRAP_SERVERS)\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
