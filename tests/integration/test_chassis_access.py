"""A service that Kafka denies something says what in one line, exit code 1, before any record."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from deploy.local import kafka, mongodb
from deploy.local.kafka import KafkaServer
from schemas.topics import INTAKE_DOSSIER, PORTAL_DOSSIER
from tests.conftest import Namespace
from tests.echoing import IN, OUT, echo, last_line, ready

WITH_ACLS = {
    "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
    "allow.everyone.if.no.acl.found": "true",
}
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Denying(Namespace):
    """A namespace on the broker that has rules."""

    broker: KafkaServer


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaServer]:
    """A broker that allows what no rule denies."""
    server = kafka.start(tmp_path_factory.mktemp("denying-kafka"), settings=WITH_ACLS)
    try:
        everything = ("--allow-principal", "User:*", "--operation", "All")
        server.tool("AclCommand", "--add", *everything, "--topic", "*", "--group", "*")
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    server = mongodb.start(tmp_path_factory.mktemp("mongodb"))
    try:
        yield server.uri
    finally:
        server.stop()


@pytest.fixture
async def space(broker: KafkaServer, store: str, tmp_path: Path) -> Denying:
    name = f"denied{next(_numbers)}"
    space = Denying(broker.bootstrap, store, f"{name}.", name, tmp_path, broker)
    await space.create_topics_async(PORTAL_DOSSIER, INTAKE_DOSSIER, partitions=1)
    return space


def deny(broker: KafkaServer, kind: str, name: str, *operations: str) -> None:
    """Anonymous users, which all are here, may not do this."""
    listed = [word for operation in operations for word in ("--operation", operation)]
    who = ("--deny-principal", "User:ANONYMOUS")
    broker.tool("AclCommand", "--add", *who, *listed, f"--{kind}", name)


@pytest.mark.parametrize(
    ("kind", "name", "operations", "missing"),
    [
        ("topic", IN, ("Read", "Describe"), "Read"),
        ("topic", IN, ("Read",), "Read"),
        ("topic", OUT, ("Write",), "Write"),
        ("group", "intake", ("Read",), "Read"),
        ("group", "intake", ("Read", "Describe"), "Read"),
    ],
)
async def test_what_is_denied_is_named_in_one_line(
    space: Denying, kind: str, name: str, operations: tuple[str, ...], missing: str
) -> None:
    full_name = space.topic_prefix + name
    await asyncio.to_thread(deny, space.broker, kind, full_name, *operations)
    code, line = await last_line(space)
    assert code == 1
    assert line == (
        f"cannot start: Access denied by Kafka at {space.bootstrap}: "
        f"grant this user {missing} on {kind} {full_name}."
    )


async def test_a_user_who_is_denied_nothing_starts(space: Denying) -> None:
    service = echo(space)
    await ready(service)
    await asyncio.to_thread(service.stop)
