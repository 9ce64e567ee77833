"""A steady stream of mixed records at a given rate, for as long as it is told; memory is flat."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from services.portal.mixing import mixed
from services.portal.publishing import Publisher
from services.portal.simulator import Simulator

REPORT_EVERY = 0.5


@dataclass(slots=True)
class Loaded:
    """What a run published."""

    seconds: float = 0.0
    late_seconds: float = 0.0
    """How far behind its schedule the stream was at worst."""
    records: Counter[str] = field(default_factory=Counter)


async def load(
    sim: Simulator, publisher: Publisher, *, rate: float, count: int, progress: Progress
) -> Loaded:
    """`count` records, `rate` a second. A slow moment is caught up with; nothing is left out."""
    task = progress.add_task(f"{rate:g} a second", total=count)
    loaded, started, reported = Loaded(), time.monotonic(), 0.0
    for number, record in enumerate(mixed(sim, count)):
        due = started + number / rate
        now = time.monotonic()
        loaded.late_seconds = max(loaded.late_seconds, now - due)
        if due > now:
            await asyncio.sleep(due - now)
        await publisher.publish(record.message)
        loaded.records[record.label] += 1
        if now - reported > REPORT_EVERY:
            progress.update(task, completed=number + 1)
            reported = now
            await asyncio.sleep(0)  # a run that is behind still lets the producer's tasks turn
    await publisher.flush()
    progress.update(task, completed=count)
    loaded.seconds = time.monotonic() - started
    return loaded


def load_progress() -> Progress:
    """How a run looks on a terminal."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
