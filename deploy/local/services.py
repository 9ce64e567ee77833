"""The four services as separate, supervised processes, told where everything is by their env."""

import asyncio
import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.local import ports
from deploy.local.downloads import CHECKOUT, progress
from deploy.local.errors import PlatformError
from deploy.local.platform import Platform, stop_all
from deploy.local.process import Process
from deploy.local.smtp import answers
from deploy.local.supervision import supervised

NAMES = ("intake", "signature", "receipt", "ebook")
STUCK = 70  # the exit code of a service that wants to be started again
READY_SECONDS = 60.0
LOOK_SECONDS = 0.1


class Service(Process):
    """One service process; its health and metrics are at `metrics_url`."""

    def __init__(
        self,
        name: str,
        *,
        env: Mapping[str, str],
        logs: Path,
        metrics_port: int | None = None,
        instance: str | None = None,
        module: str | None = None,
    ) -> None:
        """`instance` names a second replica; `module` replaces `services.<name>` (for tests)."""
        self.service = name
        self.metrics_port = metrics_port or ports.free_port()
        self.metrics_url = f"http://{ports.HOST}:{self.metrics_port}"
        ports.require_free(self.metrics_port, name, f"HOSO_{name.upper()}_PORT")
        super().__init__(
            instance or name,
            [sys.executable, "-m", module or f"services.{name}"],
            log=logs / f"{instance or name}.log",
            is_ready=lambda: answers(f"{self.metrics_url}/ready"),
            env={
                **os.environ,
                "PYTHONUNBUFFERED": "1",
                "LOG_LEVEL": "INFO",
                "TOPIC_PREFIX": "",
                **env,
                "METRICS_PORT": str(self.metrics_port),
            },
            cwd=CHECKOUT,
            ready_seconds=READY_SECONDS,
            grace_seconds=20.0,  # a service finishes its batches within 15 s
        )


@dataclass(frozen=True, slots=True)
class Services:
    """The running services by name (`intake`, …)."""

    by_name: Mapping[str, Service]

    def __getitem__(self, name: str) -> Service:
        return self.by_name[name]

    @property
    def all(self) -> list[Service]:
        """All of them, in the order of the flow."""
        return list(self.by_name.values())


@contextmanager
def services_running(
    platform: Platform,
    *,
    settings: Mapping[str, str],
    names: Sequence[str] = NAMES,
    partitions: int | None = None,
) -> Iterator[Services]:
    """The services, ready, on topics that exist; within the block one that ends comes back.

    Each gets the platform's addresses, TOPIC_PREFIX, METRICS_PORT, LOG_LEVEL and `settings`.
    `service.kill()` is a crash (it comes back), `service.stop()` is meant (it stays down).
    """
    env = {**platform.env, **settings}
    if names:
        create_topics(platform.bootstrap, env.get("TOPIC_PREFIX", ""), partitions)
    services = Services(
        {
            name: Service(
                name,
                env=env,
                logs=platform.logs,
                metrics_port=getattr(platform.ports, name),
            )
            for name in names
        }
    )
    try:
        for service in services.all:
            service.launch()
        _await_all(services.all)
        with supervised(services.all):
            yield services
    finally:
        stop_all(services.all)


def create_topics(bootstrap: str, prefix: str = "", partitions: int | None = None) -> None:
    """Every topic of `schemas/topics.py`; also from inside a running event loop."""
    from deploy.kafka.create_topics import create_topics as create  # noqa: PLC0415 - needs schemas

    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, create(bootstrap, prefix, partitions)).result()


def _await_all(services: Sequence[Service]) -> None:
    started = time.monotonic()
    waiting = list(services)
    while waiting:
        for service in list(waiting):
            if answers(f"{service.metrics_url}/ready"):
                waiting.remove(service)
                seconds = time.monotonic() - started
                progress(f"{service.name:10} {service.metrics_url}  ready after {seconds:.1f} s")
            elif service.exit_code == STUCK:
                progress(f"{service.name} ended with code {STUCK}; again at once")
                service.launch()
            elif service.exit_code is not None:
                raise PlatformError(
                    f"{service.name} ended with code {service.exit_code} before it was ready; "
                    f"see {service.log}:\n{service.last_words()}"
                )
        if waiting and time.monotonic() - started > READY_SECONDS:
            slow = waiting[0]
            raise PlatformError(
                f"{slow.name} was not ready after {READY_SECONDS:.0f} s; see {slow.log}:\n"
                f"{slow.last_words()}"
            )
        time.sleep(LOOK_SECONDS)
