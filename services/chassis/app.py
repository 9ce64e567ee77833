"""How a service runs: settings, broker, producer, health and metrics port, signals, exit codes."""

from __future__ import annotations

import asyncio
import gc
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import uvloop
from aiokafka.errors import KafkaError
from faststream import FastStream
from pydantic import ValidationError

from schemas.topics import Topic
from services.chassis import startup
from services.chassis.broker import make_broker
from services.chassis.errors import StartupError
from services.chassis.health import Health
from services.chassis.lag import EVERY_SECONDS as LAG_EVERY_SECONDS
from services.chassis.lag import LagGauges
from services.chassis.leaving import CANNOT_START
from services.chassis.liveness import Liveness
from services.chassis.logs import configure, logger
from services.chassis.loops import Loop
from services.chassis.mongo import Database
from services.chassis.outbox import Relay
from services.chassis.parking import prepare_parking
from services.chassis.publishing import Publisher
from services.chassis.readiness import Readiness
from services.chassis.reading import Reads
from services.chassis.redriving import Redriving
from services.chassis.relaying import loop_of
from services.chassis.settings import Settings
from services.chassis.subscription import ClockState, Subscription
from services.chassis.supervising import Supervisor

LIVENESS_EVERY_SECONDS = 5.0
CLOCK_EVERY_SECONDS = 30.0
_log = logger(__name__)


@dataclass(frozen=True, slots=True)
class Service:
    """What a composition root hands to the chassis.

    relays: one per collection whose documents have an `outbox` (services.chassis.outbox.relay).
    prepare: run once before the first record (indexes, fingerprints); may raise StartupError.
    ready: one check per store, awaited by /ready.
    publishes: topics that loops and relays publish to, besides the outputs of `reads`.
    """

    name: str
    database: Database
    reads: tuple[Reads[Any], ...]
    loops: tuple[Loop, ...] = ()
    relays: tuple[Relay, ...] = ()
    prepare: Callable[[], Awaitable[None]] | None = None
    ready: tuple[Callable[[], Awaitable[None]], ...] = field(default=())
    publishes: tuple[Topic, ...] = ()


def assemble(settings: Settings, service: Service) -> FastStream:
    """The running application around a service; `await app.run()` until it is told to stop."""
    configure(service.name, settings.log_level)
    running = _Running(settings, service)
    broker = make_broker(settings, running.subscriptions, service.database)
    return FastStream(
        broker,
        logger=None,
        lifespan=running.lifespan,
        after_startup=[running.settle],
        on_shutdown=[running.supervisor.stop],
    )


def run(create_app: Callable[[], FastStream]) -> None:
    """Run until SIGTERM or SIGINT. Exit 0 clean, 1 cannot start (one line), 70 restart me."""

    async def main() -> None:
        await create_app().run()

    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(main())
    except StartupError as error:
        _leave(str(error))
    except ValidationError as error:
        _leave(startup.explain_settings(error))
    except KafkaError as error:
        _leave(f"Kafka refuses at start: {type(error).__name__} (see the log above).")


def _leave(line: str) -> None:
    sys.stdout.flush()
    sys.stderr.write(f"cannot start: {line}\n")
    sys.exit(CANNOT_START)


class _Running:
    """What lives from the first check to the last acknowledgement."""

    def __init__(self, settings: Settings, service: Service) -> None:
        self._settings = settings
        self._service = service
        self._clock_state = ClockState()
        self._publisher = Publisher(settings.kafka_bootstrap_servers, settings.topic_prefix)
        self.subscriptions = [
            self._subscription(reads)
            for reads in service.reads
            for _ in range(settings.subscribers)
        ]
        self.supervisor = Supervisor(settings)
        self._liveness = Liveness(settings, self.subscriptions, self.supervisor)
        readiness = Readiness(
            service.database, service.ready, self.subscriptions, self._clock_state
        )
        self._health = Health(self._live, readiness.reasons)

    @asynccontextmanager
    async def lifespan(self) -> AsyncIterator[None]:
        """Check, prepare, start what the broker needs; stop it after the broker."""
        settings, service = self._settings, self._service
        await startup.check_mongodb(settings, service.database)
        await startup.check_kafka(settings, service.reads, service.publishes)
        await self._look_at_clock()
        await prepare_parking(service.database)
        if service.prepare is not None:
            await service.prepare()
        port = await self._listen()
        await self._publisher.start()
        try:
            self.supervisor.start(
                (*service.loops, *self._own_loops()),
                woken=[loop_of(relay, self._publisher) for relay in service.relays],
            )
            _log.info("starting", port=port, topics=self._inputs())
            yield
        finally:
            await self.supervisor.stop()
            await self._publisher.stop()
            await self._health.stop()

    async def settle(self) -> None:
        """What was built at start is never garbage: the collector need not look at it again."""
        gc.collect()
        gc.freeze()
        gc.set_threshold(100_000, 20, 100)
        _log.info("started", topics=self._inputs())

    def _subscription(self, reads: Reads[Any]) -> Subscription[Any]:
        subscription = Subscription(
            reads,
            self._settings,
            service=self._service.name,
            database=self._service.database,
            publisher=self._publisher,
            clock_state=self._clock_state,
        )
        subscription.worked = self._wake
        return subscription

    def _wake(self) -> None:
        self.supervisor.wake()

    def _own_loops(self) -> Sequence[Loop]:
        bootstrap = self._settings.kafka_bootstrap_servers
        database = self._service.database
        return (
            Loop("liveness", LIVENESS_EVERY_SECONDS, self._liveness.tick),
            Loop("lag", LAG_EVERY_SECONDS, LagGauges(bootstrap, self.subscriptions).tick),
            Loop("clock", CLOCK_EVERY_SECONDS, self._look_at_clock),
            *(
                Redriving(each, database, self._publisher, bootstrap).loop()
                for each in self.subscriptions
            ),
        )

    async def _look_at_clock(self) -> bool:
        """The portal's topic must carry LogAppendTime; otherwise not ready, and an alert."""
        state = self._clock_state
        state.topic_ok = await startup.append_time_is_set(self._settings, self._service.reads)
        if not state.topic_ok:
            _log.critical("the portal's topic does not carry LogAppendTime")
        return False

    async def _live(self) -> list[str]:
        return self._liveness.reasons()

    async def _listen(self) -> int:
        host, port = self._settings.metrics_host, self._settings.metrics_port
        try:
            return await self._health.start(host, port)
        except OSError as error:
            raise StartupError(
                f"Port {port} on {host} cannot be opened ({type(error).__name__}): "
                "stop what holds it or set METRICS_PORT."
            ) from error

    def _inputs(self) -> list[str]:
        return sorted({name for each in self.subscriptions for name in each.catalogue})
