"""What must be true before the first record; each failure is one clear line (StartupError)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import (
    GroupAuthorizationFailedError,
    KafkaConnectionError,
    KafkaError,
    KafkaTimeoutError,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
    for_code,
)
from pydantic import ValidationError

from schemas.topics import Topic
from services.chassis import connection
from services.chassis.errors import StartupError
from services.chassis.mongo import Database, PyMongoError
from services.chassis.reading import Reads
from services.chassis.settings import Settings
from services.chassis.subscription import carries_the_clock


def topics_of(reads: Iterable[Reads[Any]], more: Iterable[Topic] = ()) -> tuple[Topic, ...]:
    """Every topic that must exist: inputs, outputs and the groups' dead letters."""
    found: dict[str, Topic] = {topic.name: topic for topic in more}
    for each in reads:
        letters = (topic.dead_letters(each.group) for topic in each.topics)
        found |= {topic.name: topic for topic in (*each.topics, *each.outputs, *letters)}
    return tuple(found.values())


async def check_kafka(
    settings: Settings, reads: Sequence[Reads[Any]], outputs: Sequence[Topic] = ()
) -> None:
    """Kafka answers, every topic exists and may be seen, the dossier chain is co-partitioned."""
    admin = connection.admin(settings.kafka_bootstrap_servers)
    try:
        await admin.start()
        counts = await _partitions(admin, settings, topics_of(reads, outputs))
    except KafkaError as error:
        raise StartupError(explain(error, settings)) from error
    finally:
        await admin.close()
    _check_counts(reads, counts)


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


async def _partitions(
    admin: AIOKafkaAdminClient, settings: Settings, topics: Sequence[Topic]
) -> dict[str, int]:
    """Partition counts by catalogue name."""
    names = {settings.topic_prefix + topic.name: topic.name for topic in topics}
    counts: dict[str, int] = {}
    for found in await admin.describe_topics(list(names)):
        error = for_code(found["error_code"])
        if error is UnknownTopicOrPartitionError:
            raise StartupError(
                f"Topic {found['topic']} does not exist: create the topics with "
                "`python -m deploy.kafka.create_topics` (or `make up`)."
            )
        if error is TopicAuthorizationFailedError:
            raise StartupError(
                f"Access denied to topic {found['topic']}: grant this user its ACLs."
            )
        counts[names[found["topic"]]] = len(found["partitions"])
    return counts


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
