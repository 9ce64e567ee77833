"""Loops as supervised tasks: an error makes a round wait, never the loop end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from aiokafka.errors import KafkaError

from services.chassis.leaving import restart_me
from services.chassis.logs import logger
from services.chassis.loops import Loop
from services.chassis.retrying import Backoff, is_transient
from services.chassis.settings import Settings

STOP_SECONDS = 10.0
GATHER_SECONDS = 0.1
"""Between what wakes a relay and its round, so that what follows at once goes along with it."""
_log = logger(__name__)


@dataclass(slots=True)
class Supervised:
    """One running loop. `wake` begins the next round at once; `active_at` is for liveness."""

    loop: Loop
    backoff: Backoff
    after: Callable[[], None]
    """Called after every round that went well."""
    gather_seconds: float = 0.0
    """Waited after each sleep, however it ended."""
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    active_at: float = field(default_factory=time.monotonic)
    stopping: bool = False
    task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin with a round at once."""
        self.task = asyncio.create_task(self._run(), name=f"loop {self.loop.name}")

    async def _run(self) -> None:
        while not self.stopping:
            self.active_at = time.monotonic()
            self.wake.clear()
            seconds = await self._round()
            self.active_at = time.monotonic()
            if seconds > 0 and not self.stopping:
                await self._sleep(seconds)
                await asyncio.sleep(0 if self.stopping else self.gather_seconds)

    async def _round(self) -> float:
        """One round; how long to wait before the next."""
        try:
            more = await self.loop.tick()
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if self.stopping or task is None or task.cancelling():
                raise
            return self._failed("CancelledError", None)
        except Exception as error:  # noqa: BLE001  a loop never ends while the service lives
            return self._failed(type(error).__name__, error)
        self.backoff.reset()
        self.after()
        return 0 if more else self.loop.every_seconds

    def _failed(self, name: str, error: Exception | None) -> float:
        if isinstance(error, KafkaError) and not error.retriable:
            restart_me("a loop met a Kafka error that no retry heals", error=name)
        seconds = self.backoff.next_seconds()
        log = _log.warning if error is not None and is_transient(error) else _log.error
        log(
            "loop round failed",
            loop=self.loop.name,
            attempt=self.backoff.failures,
            wait_seconds=round(seconds, 2),
            error=name,
            exc_info=error,
        )
        return seconds

    async def _sleep(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self.wake.wait()
        except TimeoutError:
            return


class Supervisor:
    """All loops of a process: started together, stopped before the broker."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.running: list[Supervised] = []
        self._woken: list[Supervised] = []

    def start(self, loops: Sequence[Loop], woken: Sequence[Loop] = ()) -> None:
        """Run the loops; the `woken` ones also after every batch and every round of the others."""
        for loop in woken:
            backoff = Backoff.of(self._settings)
            one = Supervised(loop, backoff, after=_nothing, gather_seconds=GATHER_SECONDS)
            self._woken.append(one)
            self.running.append(one)
        for loop in loops:
            self.running.append(Supervised(loop, Backoff.of(self._settings), after=self.wake))
        for one in self.running:
            one.start()

    def wake(self) -> None:
        """There may be something in an outbox."""
        for one in self._woken:
            one.wake.set()

    async def stop(self) -> None:
        """Let the rounds in hand finish, then cancel; twice is fine."""
        running, self.running, self._woken = self.running, [], []
        for one in running:
            one.stopping = True
            one.wake.set()
        tasks = [one.task for one in running if one.task is not None]
        if not tasks:
            return
        _, late = await asyncio.wait(tasks, timeout=STOP_SECONDS)
        for task in late:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _nothing() -> None:
    """A relay does not wake relays."""
