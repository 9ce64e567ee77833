"""A record as Kafka gave it, and the same record once decoded. Plain values: core may use them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Generic, TypeVar

from schemas.envelope import Cause, Event

E = TypeVar("E")


@dataclass(frozen=True, slots=True)
class Record:
    """One Kafka record, raw. `appended_at` is its broker timestamp; headers are never looked at."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    timestamp_ms: int
    log_append_time: bool

    @property
    def origin(self) -> str:
        """topic/partition/offset: what events call their `origin`."""
        return f"{self.topic}/{self.partition}/{self.offset}"

    @property
    def appended_at(self) -> datetime:
        """The record's timestamp as an aware UTC instant."""
        return datetime.fromtimestamp(self.timestamp_ms / 1000, tz=UTC)


@dataclass(frozen=True, slots=True)
class Received(Generic[E]):
    """A decoded record and where it lies."""

    event: E
    record: Record

    @property
    def origin(self) -> str:
        """topic/partition/offset."""
        return self.record.origin


def cause_of(received: Received[Event]) -> Cause:
    """What an event that answers this one copies."""
    return received.event.as_cause(received.origin)
