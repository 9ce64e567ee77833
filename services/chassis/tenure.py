"""What a subscriber knows for as long as it owns its partitions; a new assignment starts anew."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from services.chassis.parking import Parking, Place
from services.chassis.records import Record


@dataclass(slots=True)
class Tenure:
    """One ownership. `next`: per partition, the first offset that is not finished yet."""

    places: frozenset[Place]
    parking: Parking
    loaded: bool = False
    next: dict[Place, int] = field(default_factory=dict)
    active_at: float = field(default_factory=time.monotonic)
    """When work was last begun or finished, for liveness."""

    def touch(self) -> None:
        """The loop turns."""
        self.active_at = time.monotonic()

    def finished(self, records: Sequence[Record]) -> None:
        """Effects and results of these are durable; records of a partition in offset order."""
        for record in records:
            self.next[record.topic, record.partition] = record.offset + 1
        self.touch()
