"""The local platform keeps its manners: nothing is left behind, nothing acknowledged is lost."""

import os
import socket
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from deploy.local import kafka, platform, ports, supervision
from deploy.local.downloads import CHECKOUT
from deploy.local.errors import PlatformError
from deploy.local.identity import Identity
from deploy.local.ports import Ports
from deploy.local.process import Process

GIVEN = {"KAFKA_BOOTSTRAP_SERVERS", "MONGODB_URI", "SMTP_URL"}
UNREACHABLE = "127.0.0.1:9"


def sleeper(tmp_path: Path) -> Process:
    command = [sys.executable, "-c", "import time; time.sleep(600)"]
    return Process("sleeper", command, log=tmp_path / "sleeper.log", is_ready=lambda: True)


def command(*arguments: str, chosen: Ports, **env: str) -> subprocess.CompletedProcess[str]:
    own = {name: value for name, value in os.environ.items() if name not in GIVEN}
    given = {f"HOSO_{name.upper()}_PORT": str(port) for name, port in asdict(chosen).items()}
    return subprocess.run(
        [sys.executable, "-m", "deploy.local", *arguments],
        cwd=CHECKOUT,
        env={**own, **given, **env},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def taken(chosen: Ports) -> list[int]:
    return [port for port in asdict(chosen).values() if ports.is_taken(port)]


async def test_a_platform_that_stops_leaves_no_process_and_no_taken_port(tmp_path: Path) -> None:
    with platform.start(tmp_path / "platform", env={}) as running:
        pids = [process.pid for process in running.processes]
        assert len(pids) == 3
        assert kafka.lists_topics(running.bootstrap)
        assert set(running.env) == {"KAFKA_BOOTSTRAP_SERVERS", "MONGODB_URI", "SMTP_URL"}
        with pytest.raises(PlatformError, match="Another platform is running in"):
            platform.start(tmp_path / "platform", env={})
    assert [pid for pid in pids if Identity.of(pid)] == []
    assert taken(running.ports) == []


async def test_kafka_killed_and_started_again_keeps_what_it_acknowledged(tmp_path: Path) -> None:
    broker = kafka.start(tmp_path / "kafka")
    try:
        await _create_topic(broker.bootstrap)
        producer = AIOKafkaProducer(bootstrap_servers=broker.bootstrap, enable_idempotence=True)
        async with producer:
            for number in range(200):
                await producer.send_and_wait("kept", str(number).encode())
            broker.kill()
        broker.restart()
        assert await _values(broker.bootstrap) == [str(number).encode() for number in range(200)]
    finally:
        broker.stop()


def test_up_leaves_the_system_running_and_down_leaves_nothing(tmp_path: Path) -> None:
    chosen, where = Ports.free(), ("--directory", str(tmp_path / "up"))
    try:
        up = command("up", "--parts-only", *where, chosen=chosen)
        assert up.returncode == 0, up.stderr
        assert kafka.lists_topics(f"127.0.0.1:{chosen.kafka}")
        again = command("up", "--parts-only", *where, chosen=chosen)
        assert again.returncode == 0
        assert "Already running" in again.stderr
        assert f"127.0.0.1:{chosen.kafka}" in again.stderr
        supervisor = Identity.read(tmp_path / "up" / "supervisor.json")
        assert supervisor is not None
    finally:
        down = command("down", *where, chosen=chosen)
    assert down.returncode == 0, down.stderr
    assert not supervisor.is_alive
    assert taken(chosen) == []
    assert command("status", *where, chosen=chosen).returncode == 3


@pytest.mark.parametrize("content", ["", "{", '{"pid": 1}', "live pid, other process"])
def test_a_stale_pid_file_is_no_error_and_nobody_is_signalled(tmp_path: Path, content: str) -> None:
    stranger = sleeper(tmp_path)
    stranger.start()
    try:
        file = tmp_path / "supervisor.json"
        file.write_text(content)
        if content.startswith("live"):
            Identity(stranger.pid, "long ago").write(file)
        down = command("down", "--directory", str(tmp_path), chosen=Ports())
        assert (down.returncode, down.stderr) == (0, "Nothing is running.\n")
        assert stranger.is_running
    finally:
        stranger.stop()


def test_a_taken_port_is_one_sentence_that_names_it(tmp_path: Path) -> None:
    chosen = Ports.free()
    with socket.create_server((ports.HOST, chosen.mongodb)):
        up = command("up", "--parts-only", "--directory", str(tmp_path / "up"), chosen=chosen)
    assert up.returncode == 1
    assert up.stderr.startswith(f"Port {chosen.mongodb}, which MongoDB needs, is taken")
    assert "HOSO_MONGODB_PORT" in up.stderr
    assert up.stderr.count("\n") == 1
    assert taken(chosen) == []


def test_a_given_kafka_that_does_not_answer_is_one_sentence(tmp_path: Path) -> None:
    where = ("--directory", str(tmp_path / "up"))
    given = {"KAFKA_BOOTSTRAP_SERVERS": UNREACHABLE}
    up = command("up", "--parts-only", *where, chosen=Ports.free(), **given)
    assert up.returncode == 1
    assert up.stderr.startswith(f"Cannot reach Kafka at {UNREACHABLE}")
    assert "KAFKA_BOOTSTRAP_SERVERS" in up.stderr
    assert up.stderr.count("\n") == 1


def test_a_child_dies_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    script = f"""
import pathlib, sys, time
from deploy.local.process import Process
child = Process("child", ["sleep", "600"], log=pathlib.Path({str(tmp_path / "log")!r}),
                is_ready=lambda: True)
child.start()
print(child.pid, flush=True)
time.sleep(600)
"""
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, cwd=CHECKOUT)
    assert parent.stdout is not None
    child = Identity.of(int(parent.stdout.readline()))
    parent.kill()
    parent.wait()
    parent.stdout.close()
    assert child is None or child.wait(5.0)


def test_a_killed_process_comes_back_and_a_stopped_one_stays_down(tmp_path: Path) -> None:
    child, lines = sleeper(tmp_path), list[str]()
    child.start()
    with supervision.supervised([child], log=lines.append):
        first = child.pid
        child.kill()
        deadline = time.monotonic() + 10
        while child.pid == first and time.monotonic() < deadline:
            time.sleep(0.02)
        assert child.pid != first
        child.stop()
        time.sleep(1.0)
        assert not child.is_running
    assert [line.split(";")[0].split(" as ")[0] for line in lines] == [
        "sleeper ended with code -9",
        "sleeper started again",
    ]


async def _create_topic(bootstrap: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic("kept", num_partitions=1, replication_factor=1)])
    finally:
        await admin.close()


async def _values(bootstrap: str) -> list[bytes | None]:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap)
    async with consumer:
        partition = TopicPartition("kept", 0)
        consumer.assign([partition])
        await consumer.seek_to_beginning(partition)
        end = (await consumer.end_offsets([partition]))[partition]
        values: list[bytes | None] = []
        while len(values) < end:
            values.append((await consumer.getone()).value)
        return values
