"""What a service reads: topics, group, how a record is decoded and what handles a batch."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from pydantic import TypeAdapter, ValidationError

from schemas.envelope import Event
from schemas.topics import Topic
from services.chassis.errors import PermanentError
from services.chassis.records import Received, Record

E = TypeVar("E")
V = TypeVar("V", bound=Event)

Handle = Callable[[Sequence[Received[E]]], Awaitable[Sequence[Event]]]
"""A whole batch in, events out, in order. Effects are durable when it returns; the chassis
publishes the events, waits for their acknowledgement and only then commits."""


@dataclass(frozen=True, slots=True)
class Reads(Generic[E]):
    """One consumer group of a service.

    decode: pure; may raise PermanentError (dead letter), and anything else counts as UNDECODABLE.
    handle: called with one slice of a delivered batch; records of parked keys never reach it.
    outputs: the topics that `handle` may publish to, checked at start.
    """

    topics: tuple[Topic, ...]
    group: str
    decode: Callable[[Record], E]
    handle: Handle[E]
    outputs: tuple[Topic, ...] = ()


def decodes(adapter: TypeAdapter[V]) -> Callable[[Record], V]:
    """A decoder for hoso's own events: tolerant of unknown fields, never of an unknown type."""

    def decode(record: Record) -> V:
        if record.value is None:
            raise PermanentError("UNDECODABLE", "tombstone")
        try:
            return adapter.validate_json(record.value)
        except ValidationError as error:
            first = error.errors(include_url=False, include_context=False, include_input=False)[0]
            if first["type"] == "union_tag_invalid":
                raise PermanentError("UNSUPPORTED_TYPE") from None
            path = ".".join(map(str, first["loc"]))
            raise PermanentError("UNDECODABLE", f"{first['type']} at {path}") from None

    return decode
