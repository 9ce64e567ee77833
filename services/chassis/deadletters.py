"""Dead letters as events: where a record lies and why it was set aside, the same every time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from schemas.deadletters import (
    Coordinates,
    DeadLetteredData,
    DeadLetterReason,
    RecordDeadLettered,
    RecordRedriven,
    RedrivenData,
)
from schemas.envelope import derive_id
from schemas.topics import Topic
from services.chassis import metrics
from services.chassis.publishing import Outgoing
from services.chassis.records import Record

_total = metrics.counter("dossier_dead_letters_total")


@dataclass(frozen=True, slots=True)
class SetAside:
    """A record that is not handled now, and why. `detail` holds no values of the record."""

    record: Record
    reason: DeadLetterReason
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Gap:
    """Records that retention took before they were read: `from_offset` to `until_offset` - 1."""

    topic: str
    partition: int
    from_offset: int
    until_offset: int
    appended_at: datetime


@dataclass(frozen=True, slots=True)
class DeadLetters:
    """The dead letters of one group. Both maps start from a topic's name in Kafka."""

    service: str
    group: str
    catalogue: dict[str, Topic]
    outputs: dict[str, Topic]

    def count(self, topic: str, reason: DeadLetterReason) -> None:
        """Move the metric; once per record set aside."""
        _total.labels(self.service, self.catalogue[topic].name, reason).inc()

    def of(self, set_aside: SetAside) -> Outgoing:
        """The dead letter of one record."""
        record = set_aside.record
        data = DeadLetteredData(
            group=self.group,
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
            reason=set_aside.reason,
            detail=set_aside.detail,
            appended_at=record.appended_at,
        )
        return self._dead_letter(data)

    def of_gap(self, gap: Gap) -> Outgoing:
        """The dead letter of a range that is gone."""
        data = DeadLetteredData(
            group=self.group,
            topic=gap.topic,
            partition=gap.partition,
            offset=gap.from_offset,
            until_offset=gap.until_offset,
            reason="RETENTION_GAP",
            appended_at=gap.appended_at,
        )
        return self._dead_letter(data)

    def redriven(self, record: Record) -> Outgoing:
        """What closes the dead letter of one record."""
        data = RedrivenData(
            group=self.group, topic=record.topic, partition=record.partition, offset=record.offset
        )
        origin = _origin(data)
        event = RecordRedriven(
            id=derive_id("RecordRedriven", origin, self.group),
            source=self.service,
            subject=origin,
            time=record.appended_at,
            correlation_id=origin,
            origin=origin,
            received_at=record.appended_at,
            data=data,
        )
        return self.outputs[record.topic], None, event.encode()

    def _dead_letter(self, data: DeadLetteredData) -> Outgoing:
        origin = _origin(data)
        event = RecordDeadLettered(
            id=derive_id("RecordDeadLettered", origin, self.group, data.reason),
            source=self.service,
            subject=origin,
            time=data.appended_at,
            correlation_id=origin,
            origin=origin,
            received_at=data.appended_at,
            data=data,
        )
        return self.outputs[data.topic], None, event.encode()


def _origin(at: Coordinates) -> str:
    return f"{at.topic}/{at.partition}/{at.offset}"
