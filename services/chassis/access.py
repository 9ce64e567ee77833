"""What the brokers let this process' user do, asked before the first record (KIP-430).

A reader without Read waits for ever and a writer without Write fails at its first record. aiokafka
asks in versions of the protocol that do not tell; the requests here are of the first that do.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from aiokafka.client import AIOKafkaClient, CoordinationType
from aiokafka.errors import GroupAuthorizationFailedError, KafkaError, NoError, for_code
from aiokafka.protocol.admin import DescribeGroupsRequest_v3, DescribeGroupsResponse_v3
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import Array, Boolean, Int16, Int32, Schema, String

Right = Literal["Read", "Write"]
_BITS: dict[Right, int] = {"Read": 1 << 3, "Write": 1 << 4}
_TRIES = 50
_WAIT_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class SeenTopic:
    """A topic as the brokers show it to this user; `error` is NoError where they do."""

    name: str
    error: type[KafkaError]
    partitions: int
    rights: frozenset[Right]


class _TopicsResponse(Response):  # type: ignore[misc]  # aiokafka ships no types
    API_KEY = 3
    API_VERSION = 8
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "brokers",
            Array(
                ("node_id", Int32),
                ("host", String("utf-8")),
                ("port", Int32),
                ("rack", String("utf-8")),
            ),
        ),
        ("cluster_id", String("utf-8")),
        ("controller_id", Int32),
        (
            "topics",
            Array(
                ("error_code", Int16),
                ("topic", String("utf-8")),
                ("is_internal", Boolean),
                (
                    "partitions",
                    Array(
                        ("error_code", Int16),
                        ("partition", Int32),
                        ("leader", Int32),
                        ("leader_epoch", Int32),
                        ("replicas", Array(Int32)),
                        ("isr", Array(Int32)),
                        ("offline_replicas", Array(Int32)),
                    ),
                ),
                ("authorized_operations", Int32),
            ),
        ),
        ("cluster_authorized_operations", Int32),
    )


class _TopicsRequest(RequestStruct):  # type: ignore[misc]  # aiokafka ships no types
    API_KEY = 3
    API_VERSION = 8
    RESPONSE_TYPE = _TopicsResponse
    SCHEMA = Schema(
        ("topics", Array(String("utf-8"))),
        ("allow_auto_topic_creation", Boolean),
        ("include_cluster_authorized_operations", Boolean),
        ("include_topic_authorized_operations", Boolean),
    )


class _DescribeTopics(Request[_TopicsRequest]):  # type: ignore[misc]  # aiokafka ships no types
    API_KEY = 3

    def __init__(self, names: Sequence[str]) -> None:
        self._names = list(names)

    def build(self, request_struct_class: Any) -> Any:
        return request_struct_class(
            topics=self._names,
            allow_auto_topic_creation=False,
            include_cluster_authorized_operations=False,
            include_topic_authorized_operations=True,
        )


class _GroupRequest(DescribeGroupsRequest_v3):  # type: ignore[misc]  # aiokafka ships no types
    RESPONSE_TYPE = DescribeGroupsResponse_v3
    """aiokafka 0.14 reads the answer as version 2, which has no rights in it."""


class _DescribeGroup(Request[_GroupRequest]):  # type: ignore[misc]  # aiokafka ships no types
    API_KEY = 15

    def __init__(self, name: str) -> None:
        self._name = name

    def build(self, request_struct_class: Any) -> Any:
        return request_struct_class(groups=[self._name], include_authorized_operations=True)


def _rights(operations: int) -> frozenset[Right]:
    return frozenset(right for right, bit in _BITS.items() if operations & bit)


async def see_topics(client: AIOKafkaClient, names: Sequence[str]) -> list[SeenTopic]:
    """Each of these topics, whether it exists or not."""
    answer = await client.send(client.get_random_node(), _DescribeTopics(names))
    return [
        SeenTopic(
            topic["topic"],
            for_code(topic["error_code"]),
            len(topic["partitions"]),
            _rights(topic["authorized_operations"]),
        )
        for topic in answer.to_object()["topics"]
    ]


async def may_read_as(client: AIOKafkaClient, group: str) -> bool:
    """Whether this user may be a member of the group."""
    for _ in range(_TRIES):
        try:
            return "Read" in await _rights_in(client, group)
        except GroupAuthorizationFailedError:
            return False
        except KafkaError as error:
            if not error.retriable:
                raise
            last = error  # a new cluster has no coordinators for its first second
        await asyncio.sleep(_WAIT_SECONDS)
    raise last


async def _rights_in(client: AIOKafkaClient, group: str) -> frozenset[Right]:
    node = await client.coordinator_lookup(CoordinationType.GROUP, group)
    answer = await client.send(node, _DescribeGroup(group))
    [described] = answer.to_object()["groups"]
    error = for_code(described["error_code"])
    if error is not NoError:
        raise error
    return _rights(described["authorized_operations"])
