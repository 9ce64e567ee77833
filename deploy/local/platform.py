"""Kafka, MongoDB and the SMTP inbox together: all are ready, or none is left running.

A part whose address is given by KAFKA_BOOTSTRAP_SERVERS, MONGODB_URI or SMTP_URL is used as it
is and not started.
"""

import fcntl
import os
import shutil
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from deploy.local import given, kafka, mongodb, smtp
from deploy.local.downloads import progress
from deploy.local.errors import PlatformError
from deploy.local.kafka import KafkaServer
from deploy.local.mongodb import MongoServer
from deploy.local.ports import Ports
from deploy.local.process import Process
from deploy.local.smtp import SmtpServer

PARTS = frozenset({"kafka", "mongodb", "smtp"})


@dataclass(slots=True)
class Platform:
    """The running parts and where they are; a context manager that stops what it started."""

    directory: Path
    ports: Ports
    bootstrap: str = ""
    """Kafka's `host:port`, or empty if the part was not asked for."""
    mongodb_uri: str = ""
    smtp_url: str = ""
    inbox_url: str = ""
    """The page and REST API of the inbox; empty if the SMTP server was given."""
    kafka: KafkaServer | None = None
    mongodb: MongoServer | None = None
    smtp: SmtpServer | None = None
    _resources: ExitStack = field(default_factory=ExitStack, repr=False)

    @property
    def env(self) -> dict[str, str]:
        """The addresses as the services read them from their environment."""
        addresses = {
            "KAFKA_BOOTSTRAP_SERVERS": self.bootstrap,
            "MONGODB_URI": self.mongodb_uri,
            "SMTP_URL": self.smtp_url,
        }
        return {name: address for name, address in addresses.items() if address}

    @property
    def processes(self) -> list[Process]:
        """The parts that were started here."""
        return [part for part in (self.kafka, self.mongodb, self.smtp) if part is not None]

    @property
    def logs(self) -> Path:
        """Where every process of this platform writes its log."""
        return self.directory / "logs"

    def stop(self) -> None:
        """Stop everything that was started here; twice is fine."""
        stop_all(self.processes)
        self._resources.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def start(
    directory: Path,
    *,
    ports: Ports | None = None,
    parts: Collection[str] = PARTS,
    fresh: bool = False,
    quick: bool = True,
    env: Mapping[str, str] | None = None,
) -> Platform:
    """All `parts`, ready, with data and logs in `directory`; on any failure nothing is left.

    Without `ports` free ones are taken. `fresh` empties the directory first. `quick` as in
    `kafka.start`. `env` (this process's by default) may give parts.
    """
    if unknown := set(parts) - PARTS:
        raise PlatformError(f"Unknown parts {sorted(unknown)}; there are {sorted(PARTS)}.")
    env = os.environ if env is None else env
    platform = Platform(directory.resolve(), ports or Ports.free())
    try:
        platform._resources.enter_context(_owned(platform.directory, fresh=fresh))  # noqa: SLF001
        _use_given(platform, parts, env)
        _create_and_launch(platform, parts, quick=quick)
        _await_all(platform)
    except BaseException:
        platform.stop()
        raise
    return platform


def stop_all(processes: Collection[Process]) -> None:
    """SIGTERM to all at once, then wait for each (SIGKILL after its grace)."""
    for process in processes:
        process.request_stop()
    for process in processes:
        process.stop()


@contextmanager
def _owned(directory: Path, *, fresh: bool) -> Iterator[None]:
    """The directory is ours alone until the exit; the lock dies with its owner."""
    directory.parent.mkdir(parents=True, exist_ok=True)
    with (directory.parent / f".{directory.name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise PlatformError(
                f"Another platform is running in {directory}: stop it first (`make down`)."
            ) from None
        if fresh and directory.exists():
            shutil.rmtree(directory)
        directory.mkdir(parents=True, exist_ok=True)
        yield


def _use_given(platform: Platform, parts: Collection[str], env: Mapping[str, str]) -> None:
    if "kafka" in parts and (bootstrap := env.get("KAFKA_BOOTSTRAP_SERVERS")):
        platform.bootstrap = given.kafka(bootstrap)
    if "mongodb" in parts and (uri := env.get("MONGODB_URI")):
        platform.mongodb_uri = given.mongodb(uri)
    if "smtp" in parts and (url := env.get("SMTP_URL")):
        platform.smtp_url = given.smtp(url)


def _create_and_launch(platform: Platform, parts: Collection[str], *, quick: bool) -> None:
    """Start the parts side by side, the slowest last: it has one more step before its launch."""
    ports, data, logs = platform.ports, platform.directory / "data", platform.logs
    if "mongodb" in parts and not platform.mongodb_uri:
        platform.mongodb = mongodb.create(data / "mongodb", ports.mongodb, logs=logs)
        platform.mongodb_uri = platform.mongodb.uri
        platform.mongodb.launch()
    if "smtp" in parts and not platform.smtp_url:
        platform.smtp = smtp.create(data / "smtp", ports.smtp, ports.inbox, logs=logs)
        platform.smtp_url, platform.inbox_url = platform.smtp.url, platform.smtp.web_url
        platform.smtp.launch()
    if "kafka" in parts and not platform.bootstrap:
        platform.kafka = kafka.create(
            data / "kafka",
            ports.kafka,
            controller_port=ports.controller,
            quick=quick,
            logs=logs,
        )
        platform.bootstrap = platform.kafka.bootstrap
        platform.kafka.launch()


def _await_all(platform: Platform) -> None:
    started = time.monotonic()
    addresses: list[tuple[str, str, Process | None]] = [
        ("MongoDB", platform.mongodb_uri, platform.mongodb),
        ("SMTP", platform.smtp_url, platform.smtp),
        ("Kafka", platform.bootstrap, platform.kafka),
    ]
    for name, address, process in addresses:
        if process is not None:
            process.wait_ready()
            progress(f"{name:10} {address}  ready after {time.monotonic() - started:.1f} s")
        elif address:
            progress(f"{name:10} {given.without_password(address)}  given, not started")
    if platform.inbox_url:
        progress(f"{'Inbox':10} {platform.inbox_url}")
