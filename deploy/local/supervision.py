"""Keeps wanted processes running: one that ends is started again after a growing wait."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from deploy.local.downloads import progress
from deploy.local.errors import PlatformError
from deploy.local.process import Process

FIRST_WAIT_SECONDS = 0.5
LONGEST_WAIT_SECONDS = 15.0
CALM_SECONDS = 60.0  # after which the wait starts small again
LOOK_SECONDS = 0.1


@dataclass(slots=True)
class _Watched:
    process: Process
    wait: float = FIRST_WAIT_SECONDS
    started: float = 0.0
    due: float | None = None


@contextmanager
def supervised(
    processes: Sequence[Process], *, log: Callable[[str], None] = progress
) -> Iterator[None]:
    """Within this block a process that ends though it is wanted comes back; each time is logged.

    Exit code 70 (a service that found itself stuck), a crash and a SIGKILL are all the same
    here. Nothing is restarted any more once the block ends.
    """
    ended = threading.Event()
    thread = threading.Thread(target=_watch, args=(processes, ended, log), name="supervisor")
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _watch(
    processes: Sequence[Process], ended: threading.Event, log: Callable[[str], None]
) -> None:
    watched = [_Watched(process, started=time.monotonic()) for process in processes]
    while not ended.wait(LOOK_SECONDS):
        for one in watched:
            _look(one, time.monotonic(), log)


def _look(one: _Watched, now: float, log: Callable[[str], None]) -> None:
    process = one.process
    if process.is_running or not process.wanted:
        one.due = None
    elif one.due is None:
        if now - one.started > CALM_SECONDS:
            one.wait = FIRST_WAIT_SECONDS
        one.due = now + one.wait
        log(f"{process.name} ended with code {process.exit_code}; again in {one.wait:.1f} s")
        one.wait = min(one.wait * 2, LONGEST_WAIT_SECONDS)
    elif now >= one.due:
        one.due, one.started = None, now
        try:
            if process.relaunch_if_wanted():
                log(f"{process.name} started again as process {process.pid}")
        except (OSError, PlatformError) as error:  # no memory, no disk: the next look tries again
            log(f"{process.name} cannot be started again yet: {error}")
