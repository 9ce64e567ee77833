"""`schemas/topics.py` keeps the promises that delivery and access control stand on."""

from __future__ import annotations

import re

import pytest

from schemas.topics import (
    DEAD_LETTERS,
    INTAKE_DOSSIER,
    LOCAL_PARTITIONS,
    PORTAL_DOSSIER,
    PRODUCTION_PARTITIONS,
    RECEIPT_LETTER,
    SIGNATURE_VERDICT,
    TOPICS,
    Topic,
)


@pytest.mark.parametrize("topic", TOPICS, ids=lambda t: t.name)
def test_a_topic_is_named_after_its_owner_aggregate_and_version(topic: Topic) -> None:
    assert re.fullmatch(rf"{topic.owner}\.[a-z]+\.v\d+", topic.name)


@pytest.mark.parametrize("count", [LOCAL_PARTITIONS, PRODUCTION_PARTITIONS])
def test_the_dossier_chain_has_one_partition_count(count: int) -> None:
    chain = (PORTAL_DOSSIER, INTAKE_DOSSIER, SIGNATURE_VERDICT, RECEIPT_LETTER)
    assert {topic.partitions(count) for topic in chain} == {count}


def test_every_type_of_event_lives_on_exactly_one_topic() -> None:
    types = [event for topic in TOPICS for event in topic.events]
    assert len(types) == len(set(types)) == len({event.__name__ for event in types})


def test_every_reading_group_has_its_own_dead_letter_topic_with_one_partition() -> None:
    assert {topic.name for topic in DEAD_LETTERS} == {
        f"{topic.name}.{group}.dlt" for topic in TOPICS for group in topic.readers
    }
    assert {topic.partitions(48) for topic in DEAD_LETTERS} == {1}


def test_no_topic_is_read_under_the_name_of_another_services_group() -> None:
    services = {"intake", "signature", "receipt", "ebook"}
    groups = {group for topic in TOPICS for group in topic.readers}
    assert {group.split(".")[0] for group in groups} <= services
