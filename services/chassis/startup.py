"""What must be true before the first record; each failure is one clear line (StartupError)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import (
    GroupAuthorizationFailedError,
    KafkaConnectionError,
    KafkaError,
    KafkaTimeoutError,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
)
from pydantic import ValidationError

from schemas.topics import Topic
from services.chassis import connection
from services.chassis.access import Right, SeenTopic, may_read_as, see_topics
from services.chassis.errors import StartupError
from services.chassis.mongo import Database, PyMongoError
from services.chassis.reading import Reads
from services.chassis.settings import Settings
from services.chassis.subscription import carries_the_clock


def rights_on(
    reads: Iterable[Reads[Any]], outputs: Iterable[Topic] = ()
) -> dict[str, frozenset[Right]]:
    """Every topic that must exist, and what is done to it: inputs, outputs, dead letters."""
    needed: dict[str, set[Right]] = defaultdict(set)
    for each in reads:
        letters = [topic.dead_letters(each.group) for topic in each.topics]
        for topic in each.topics:
            needed[topic.name].add("Read")
        for topic in (*each.outputs, *letters):
            needed[topic.name].add("Write")
    for topic in outputs:
        needed[topic.name].add("Write")
    return {name: frozenset(rights) for name, rights in needed.items()}


async def check_kafka(
    settings: Settings, reads: Sequence[Reads[Any]], outputs: Sequence[Topic] = ()
) -> None:
    """Kafka answers, topics exist, are co-partitioned, and all that is done to them is allowed."""
    client = connection.client(settings.kafka_bootstrap_servers)
    needed = rights_on(reads, outputs)
    try:
        await client.bootstrap()
        topics = await _topics(client, settings, tuple(needed))
        denied = _denied(topics, needed)
        for name in sorted({settings.topic_prefix + each.group for each in reads}):
            if not await may_read_as(client, name):
                denied.append(f"Read on group {name}")
    except KafkaError as error:
        raise StartupError(explain(error, settings)) from error
    finally:
        await client.close()
    if denied:
        raise StartupError(
            f"Access denied by Kafka at {settings.kafka_bootstrap_servers}: "
            f"grant this user {', '.join(denied)}."
        )
    _check_counts(reads, {name: topic.partitions for name, topic in topics.items()})


async def check_mongodb(settings: Settings, database: Database) -> None:
    """MongoDB answers."""
    try:
        await database.command("ping")
    except (PyMongoError, OSError) as error:
        address = re.sub(r"//[^@/]*@", "//", settings.mongodb_uri)
        raise StartupError(
            f"MongoDB does not answer at {address} ({type(error).__name__}): "
            "start it (`make up`) or correct MONGODB_URI."
        ) from error


async def append_time_is_set(settings: Settings, reads: Sequence[Reads[Any]]) -> bool:
    """Whether the portal's topics have timestamp type LogAppendTime, as far as we may look."""
    names = [
        settings.topic_prefix + topic.name
        for each in reads
        for topic in each.topics
        if carries_the_clock(topic)
    ]
    if not names:
        return True
    resources = [
        ConfigResource(ConfigResourceType.TOPIC, name, {"message.timestamp.type": None})
        for name in names
    ]
    admin = connection.admin(settings.kafka_bootstrap_servers)
    try:
        await admin.start()
        responses = await admin.describe_configs(resources)
    finally:
        await admin.close()
    return not any(
        entry[1] == "CreateTime"
        for response in responses
        for resource in response.resources
        for entry in resource[4]
    )


def explain(error: KafkaError, settings: Settings) -> str:
    """A Kafka error at start in one line: what, where, what to do."""
    name = type(error).__name__
    address = settings.kafka_bootstrap_servers
    if isinstance(error, (GroupAuthorizationFailedError, TopicAuthorizationFailedError)):
        return f"Access denied by Kafka at {address} ({name}): grant this user its ACLs."
    if isinstance(error, (KafkaConnectionError, KafkaTimeoutError)):
        return (
            f"Kafka does not answer at {address} ({name}): "
            "start it (`make up`) or correct KAFKA_BOOTSTRAP_SERVERS."
        )
    return f"Kafka at {address} refuses: {name}."


def explain_settings(error: ValidationError) -> str:
    """Wrong settings, one clause each: the variable and what it expects, never its value."""
    wrong = (
        f"{'.'.join(map(str, each['loc'])).upper()}: {each['msg']}"
        for each in error.errors(include_url=False, include_context=False, include_input=False)
    )
    return "Wrong setting: " + "; ".join(wrong) + "."


async def _topics(
    client: AIOKafkaClient, settings: Settings, names: Sequence[str]
) -> dict[str, SeenTopic]:
    """The topics by catalogue name; all of them exist, but not all need be ours to see."""
    prefixed = {settings.topic_prefix + name: name for name in names}
    topics = {}
    for topic in await see_topics(client, list(prefixed)):
        if topic.error is UnknownTopicOrPartitionError:
            raise StartupError(
                f"Topic {topic.name} does not exist: create the topics with "
                "`python -m deploy.kafka.create_topics` (or `make up`)."
            )
        topics[prefixed[topic.name]] = topic
    return topics


def _denied(topics: Mapping[str, SeenTopic], needed: Mapping[str, frozenset[Right]]) -> list[str]:
    return [
        f"{right} on topic {topics[name].name}"
        for name, rights in needed.items()
        for right in sorted(rights - topics[name].rights)
    ]


def _check_counts(reads: Sequence[Reads[Any]], counts: dict[str, int]) -> None:
    """Along the dossier chain a dossier keeps its partition number."""
    chain = {
        topic.name: counts[topic.name]
        for each in reads
        for topic in (*each.topics, *each.outputs)
        if topic.key == "dossier id"
    }
    if len(set(chain.values())) > 1:
        listed = ", ".join(f"{name} {count}" for name, count in sorted(chain.items()))
        raise StartupError(
            f"The topics of the dossier chain differ in partitions ({listed}): "
            "they must be equal; recreate the odd one before any record is in it."
        )
