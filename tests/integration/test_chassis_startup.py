"""A service that cannot start says why in one line, exit code 1; a port tells its health."""

from __future__ import annotations

import asyncio
import json
import urllib.error
import urllib.request
from typing import Any

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from deploy.local import ports
from schemas.topics import INTAKE_DOSSIER, PORTAL_DOSSIER
from tests.echoing import IN, Space, answers, echo, last_line, ready, stage


async def test_kafka_is_not_up(namespace: Space) -> None:
    address = f"127.0.0.1:{ports.free_port()}"
    code, line = await last_line(namespace, KAFKA_BOOTSTRAP_SERVERS=address)
    assert code == 1
    assert address in line
    assert "KAFKA_BOOTSTRAP_SERVERS" in line


async def test_mongodb_is_not_up(namespace: Space) -> None:
    uri = f"mongodb://me:geheim@127.0.0.1:{ports.free_port()}"
    code, line = await last_line(namespace, MONGODB_URI=uri)
    assert code == 1
    assert "MongoDB" in line
    assert "MONGODB_URI" in line
    assert "geheim" not in line


async def test_a_topic_is_missing(namespace: Space) -> None:
    code, line = await last_line(namespace)
    assert code == 1
    assert f"{namespace.topic_prefix}{IN} does not exist" in line
    assert "python -m deploy.kafka.create_topics" in line


async def test_topics_of_the_chain_differ_in_partitions(namespace: Space) -> None:
    await namespace.create_topics_async(PORTAL_DOSSIER, partitions=2)
    await namespace.create_topics_async(INTAKE_DOSSIER, partitions=3)
    code, line = await last_line(namespace)
    assert code == 1
    assert "portal.dossier.v1 2" in line
    assert "intake.dossier.v1 3" in line


@pytest.mark.parametrize(
    ("name", "value", "expects"),
    [
        ("SUBSCRIBERS", "9", "less than or equal to 4"),
        ("SESSION_TIMEOUT_SECONDS", "soon", "valid number"),
        ("LOG_LEVEL", "LOUD", "'INFO'"),
    ],
)
async def test_a_setting_is_wrong(namespace: Space, name: str, value: str, expects: str) -> None:
    code, line = await last_line(namespace, **{name: value})
    assert code == 1
    assert name in line
    assert expects in line
    assert "soon" not in line


async def test_the_port_is_taken(namespace: Space) -> None:
    await namespace.create_topics_async(PORTAL_DOSSIER, INTAKE_DOSSIER)
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    code, line = await last_line(namespace, METRICS_PORT=str(port))
    server.close()
    assert code == 1
    assert "METRICS_PORT" in line


def fetch(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


async def test_health_and_lag_are_told_on_the_port(namespace: Space) -> None:
    async with stage(namespace) as (sender, watch):
        service = echo(namespace)
        await ready(service)
        await sender.orders(["wait"] * 3, key="k")
        topic = f'topic="{namespace.topic_prefix}{IN}"'

        async def lags() -> dict[str, float]:
            _, text = await asyncio.to_thread(fetch, f"{service.metrics_url}/metrics")
            lines = [line for line in text.splitlines() if topic in line]
            return {
                line.split("{")[0]: float(line.split()[-1]) for line in lines if "0.0" not in line
            }

        for _ in range(40):
            found = await lags()
            if len(found) == 2:
                break
            await asyncio.sleep(0.5)
        assert found["kafka_consumergroup_lag"] == 3
        assert 0 < found["kafka_consumergroup_lag_seconds"] < 60
        assert await asyncio.to_thread(fetch, f"{service.metrics_url}/live") == (
            200,
            '{"live":true,"reasons":[]}',
        )
        assert (await asyncio.to_thread(fetch, f"{service.metrics_url}/else"))[0] == 404
        (namespace.directory / "healed").touch()
        await watch.until(lambda: len(answers(watch)) == 3, "the store came back")
        await asyncio.to_thread(service.stop)


async def set_timestamp_type(space: Space, value: str) -> None:
    name = space.topic_prefix + IN
    admin: Any = AIOKafkaAdminClient(bootstrap_servers=space.bootstrap)
    await admin.start()
    try:
        await admin.alter_configs(
            [ConfigResource(ConfigResourceType.TOPIC, name, {"message.timestamp.type": value})]
        )
    finally:
        await admin.close()


async def test_a_record_without_the_brokers_clock_is_never_processed(namespace: Space) -> None:
    async with stage(namespace) as (sender, watch):
        await set_timestamp_type(namespace, "CreateTime")
        await asyncio.sleep(0.5)
        await sender.orders(["ok"], key="k")
        service = echo(namespace)
        service.launch()
        status, text = 0, ""
        for _ in range(60):
            await asyncio.sleep(0.25)
            try:
                status, text = await asyncio.to_thread(fetch, f"{service.metrics_url}/ready")
            except OSError:
                continue
            if "LogAppendTime" in text and "joining" not in text:
                break
        assert status == 503
        assert json.loads(text)["reasons"] == ["the portal's topic does not carry LogAppendTime"]
        await watch.settled(2)
        assert not answers(watch)
        await asyncio.to_thread(service.stop)
