"""How a service runs: settings, broker, producer, health and metrics port, signals, exit codes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from faststream import FastStream

from services.chassis.loops import Loop
from services.chassis.mongo import Database
from services.chassis.outbox import Relay
from services.chassis.reading import Reads
from services.chassis.settings import Settings


@dataclass(frozen=True, slots=True)
class Service:
    """What a composition root hands to the chassis.

    relays: one per collection whose documents have an `outbox` (services.chassis.outbox.relay).
    prepare: run once before the first record (indexes, fingerprints); may raise StartupError.
    ready: one check per store, awaited by /ready.
    """

    name: str
    database: Database
    reads: tuple[Reads[object], ...]
    loops: tuple[Loop, ...] = ()
    relays: tuple[Relay, ...] = ()
    prepare: Callable[[], Awaitable[None]] | None = None
    ready: tuple[Callable[[], Awaitable[None]], ...] = field(default=())


def assemble(settings: Settings, service: Service) -> FastStream:
    """The running application around a service."""
    raise NotImplementedError


def run(create_app: Callable[[], FastStream]) -> None:
    """Run until SIGTERM or SIGINT. Exit 0 clean, 1 cannot start (one line), 70 restart me."""
    raise NotImplementedError
