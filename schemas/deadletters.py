"""Dead letters: where a record lies and why it was set aside; never its payload, never a name."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from schemas.envelope import Event, Instant, Model

DeadLetterReason = Literal[
    "UNDECODABLE",
    "UNSUPPORTED_TYPE",
    "RESULT_TOO_LARGE",
    "UNEXPECTED",
    "PARKED_BEHIND",
    "RETENTION_GAP",
]


class Coordinates(Model):
    """The original record; read it there with any Kafka tool."""

    group: str
    topic: str
    partition: int
    offset: int


class DeadLetteredData(Coordinates):
    reason: DeadLetterReason
    detail: Annotated[str, Field(description="Exception type or field paths; no values.")] = ""
    until_offset: Annotated[
        int | None, Field(description="For RETENTION_GAP: first offset that was still there.")
    ] = None
    appended_at: Instant


class RedrivenData(Coordinates):
    """The record was read again from its coordinates and handled; its dead letter is closed."""


class RecordDeadLettered(Event):
    type: Literal["RecordDeadLettered"] = "RecordDeadLettered"
    data: DeadLetteredData
    repeats_by = "group, coordinates, reason"


class RecordRedriven(Event):
    type: Literal["RecordRedriven"] = "RecordRedriven"
    data: RedrivenData
    repeats_by = "group, coordinates"


DEAD_LETTER_TYPES = (RecordDeadLettered, RecordRedriven)
DeadLetterEvent = Annotated[RecordDeadLettered | RecordRedriven, Field(discriminator="type")]
DEAD_LETTER_EVENT: TypeAdapter[DeadLetterEvent] = TypeAdapter(DeadLetterEvent)
