"""Hostile records between good ones: each is set aside, none is lost, nobody else waits."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from services.chassis.mongo import connect
from tests.echoing import DLT, Space, answered, answers, echo, ready, set_aside, stage

SECRET = "Nguyễn Thị Bí Mật 079204001234"
GOOD = b'{"n": 1}'
HOSTILE: dict[str, bytes | None] = {
    "bad JSON": b'{"n": 1',
    "null": None,
    "empty": b"",
    "a list": b"[1, 2]",
    "UTF-16": '{"n": 1}'.encode("utf-16"),
    "NaN": b'{"n": NaN}',
    "a number of 5000 digits": b'{"n": ' + b"9" * 5000 + b"}",
    "100 KB of [": b"[" * 100_000,
    "not UTF-8": b'{"n": 1, "do": "\xff\xfe"}',
    "bad JSON of 1 MB": b"[" + b"1," * 500_000,
    "bad JSON of 3.9 MB": b'"' + b"x" * 3_900_000,
    "unknown fields with a name in them": json.dumps({"n": 1, "name": SECRET}).encode(),
    "a type that is refused in decode": b'{"n": 1, "do": "refuse to decode"}',
}
GOOD_ALL_THE_SAME: dict[str, tuple[bytes, list[Any]]] = {
    "a null header": (GOOD, [("x", None)]),
    "a header that is not UTF-8": (GOOD, [("x", b"\xff\xfe")]),
    "a null correlation_id": (GOOD, [("correlation_id", None)]),
    "a reply_to": (GOOD, [("reply_to", b"REPLY")]),
    "an odd content-type": (GOOD, [("content-type", b"text/plain")]),
    "a content-type of JSON": (GOOD, [("content-type", b"application/json")]),
    "good JSON of 3.9 MB": (b'{"n": 1, "pad": "' + b"x" * 3_900_000 + b'"}', []),
}


async def test_hostile_records_are_set_aside_and_the_others_go_on(namespace: Space) -> None:
    reply = f"{namespace.topic_prefix}reply"
    admin = AIOKafkaAdminClient(bootstrap_servers=namespace.bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(reply, 1, 1)])
    await admin.close()
    async with stage(namespace) as (sender, watch):
        records: list[Any] = []
        for number, value in enumerate(HOSTILE.values()):
            records += [(f"good{number}".encode(), GOOD, []), (f"bad{number}".encode(), value, [])]
        for number, (value, headers) in enumerate(GOOD_ALL_THE_SAME.values()):
            odd = [(name, reply.encode() if v == b"REPLY" else v) for name, v in headers]
            records += [(f"odd{number}".encode(), value, odd)]
        records += [(None, GOOD, []), (None, b"broken", []), (b"\xff\xfe", b"broken", [])]
        records += [(b"last", GOOD, [])]
        origins = await sender.raw(records)
        service = echo(namespace)
        await ready(service)
        everything = set(origins)
        await watch.until(
            lambda: answered(watch) | set(set_aside(watch)) >= everything, "all accounted for"
        )
        await sender.orders(["ok"] * 3, key="after")
        await watch.until(lambda: answered(watch) >= set(list(sender.sent)[-3:]), "and it goes on")
        consumer = AIOKafkaConsumer(bootstrap_servers=namespace.bootstrap)
        await consumer.start()
        ends = await consumer.end_offsets([TopicPartition(reply, 0)])
        await consumer.stop()
        assert list(ends.values()) == [0], "a sender cannot choose where results go"
        await _redelivery_changes_nothing(namespace, service, watch)
        await _nothing_personal(service, watch)
    assert Counter(set_aside(watch).values()) == {"UNDECODABLE": 14, "UNSUPPORTED_TYPE": 1}
    assert not answered(watch) & set(set_aside(watch))
    assert Counter(seen.event["origin"] for seen in answers(watch)).most_common(1)[0][1] == 1


async def _redelivery_changes_nothing(namespace: Any, service: Any, watch: Any) -> None:
    database = connect(namespace.mongodb_uri)[f"{namespace.database_prefix}_intake"]
    parked = await database["parking"].count_documents({})
    assert parked == 15
    before = {seen.event["id"] for seen in watch.of(DLT)}
    service.stop()
    await ready(service)
    await watch.settled(1)
    service.stop()
    assert {seen.event["id"] for seen in watch.of(DLT)} == before
    assert await database["parking"].count_documents({}) == parked


async def _nothing_personal(service: Any, watch: Any) -> None:
    log = service.log.read_text()
    for word in ("Bí Mật", "079204001234", "B\\u00ed"):
        assert word not in log
        assert all(word.encode() not in (seen.value or b"") for seen in watch.of(DLT))


@pytest.mark.parametrize("do", ["explode", "cancel"])
async def test_an_unexpected_failure_leaves_no_word_of_it_in_log_or_dead_letter(
    namespace: Space, do: str
) -> None:
    async with stage(namespace) as (sender, watch):
        [bad] = await sender.orders([do], key="bad")
        service = echo(namespace)
        await ready(service)
        await watch.until(lambda: bad in set_aside(watch), "set aside")
        service.stop()
        await _nothing_personal(service, watch)
        [letter] = watch.of(DLT)
    assert letter.data["reason"] == "UNEXPECTED"
    assert letter.data["detail"] in {"ValueError", "CancelledError"}


async def test_a_handler_that_exits_restarts_the_process_and_loses_nothing(
    namespace: Space,
) -> None:
    async with stage(namespace) as (sender, watch):
        service = echo(namespace)
        await ready(service)
        await sender.orders(["exit"], key="bad")
        for _ in range(100):
            if service.exit_code is not None:
                break
            await watch.settled(0.1)
        assert service.exit_code == 70
        (namespace.directory / "healed").touch()
        await ready(service)
        await watch.until(lambda: answered(watch) >= set(sender.sent), "read again")
        service.stop()
