"""The envelope of every record: CloudEvents 1.0 in structured JSON, with ids derived, never random.

A redelivery repeats an id and, byte for byte, the record; two different facts never share an id.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Annotated, Any, ClassVar, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

NAMESPACE = UUID("6f1d3f3c-7d2b-5c0e-9f3a-164202500001")
"""The uuid5 namespace of every hoso id (contract §1); it never changes."""
_NAMESPACE_BYTES = NAMESPACE.bytes

CONTENT_TYPE = "application/cloudevents+json"


def _to_utc(value: datetime) -> datetime:
    if value.tzinfo is UTC:
        return value
    return value.astimezone(UTC) if value.utcoffset() else value.replace(tzinfo=UTC)


Instant = Annotated[AwareDatetime, AfterValidator(_to_utc)]
"""An instant, always aware and in UTC; naive times are refused."""

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
"""A SHA-256 digest in lower-case hex."""


def derive_id(event_type: str, aggregate: str, *discriminators: str | int) -> UUID:
    """uuid5(NAMESPACE, type | aggregate | discriminators), contract §1.

    Parts are joined by "|"; a "|" or "%" inside a part is percent-escaped, so that
    different lists of parts never give the same name.
    """
    parts = (event_type, aggregate, *map(str, discriminators))
    name = "|".join(parts)
    if "%" in name or name.count("|") != len(parts) - 1:  # rare, and escaping costs
        name = "|".join(part.replace("%", "%25").replace("|", "%7C") for part in parts)
    # As uuid.uuid5 does it, without making the namespace's bytes anew for every event.
    digest = hashlib.sha1(_NAMESPACE_BYTES + name.encode(), usedforsecurity=False).digest()
    return UUID(bytes=digest[:16], version=5)


class Model(BaseModel):
    """What hoso itself writes: frozen; readers ignore fields that they do not know."""

    model_config = ConfigDict(
        frozen=True,
        extra="ignore",
        populate_by_name=True,
        serialize_by_alias=True,
        hide_input_in_errors=True,
    )


@dataclass(frozen=True, slots=True)
class Cause:
    """What an event answers; copied, so that every event carries the one clock and its own lineage.

    origin: topic/partition/offset of the immediate input record.
    received_at: the broker's append time of the portal record (design §2, "One clock").
    correlation_id: the dossier code (the origin, for unreadable records).
    causation_id: the id of the event that is answered, where it has one.
    """

    origin: str
    received_at: datetime
    correlation_id: str
    causation_id: UUID | None = None
    traceparent: str | None = None


class Event(Model):
    """One record on a topic. Sub-classes fix `type`, `source` and the shape of `data`."""

    specversion: Literal["1.0"] = "1.0"
    id: UUID
    type: str
    source: str
    subject: Annotated[str, Field(description="The record's key: dossier id or person id.")]
    time: Annotated[Instant, Field(description="Derived, never now: a repeated record is equal.")]
    datacontenttype: Literal["application/json"] = "application/json"
    correlation_id: Annotated[
        str, Field(alias="correlationid", description="The dossier's whole story: its code.")
    ]
    causation_id: Annotated[
        UUID | None, Field(alias="causationid", description="Id of the event answered.")
    ] = None
    origin: Annotated[str, Field(description="topic/partition/offset of the record answered.")]
    received_at: Annotated[
        Instant, Field(alias="receivedat", description="Append time of the portal record.")
    ]
    traceparent: str | None = None
    data: Any

    repeats_by: ClassVar[str] = ""
    """In words, what the id is derived from besides type and subject (for the docs)."""

    @classmethod
    def derive(
        cls,
        cause: Cause,
        subject: str,
        discriminators: tuple[str | int, ...],
        data: Any,
        *,
        time: datetime | None = None,
    ) -> Self:
        """The event that answers `cause`; `time` is the cause's received_at unless given."""
        event_type, source = _type_and_source(cls)
        return cls(
            id=derive_id(event_type, subject, *discriminators),
            type=event_type,
            source=source,
            subject=subject,
            time=time or cause.received_at,
            correlation_id=cause.correlation_id,
            causation_id=cause.causation_id,
            origin=cause.origin,
            received_at=cause.received_at,
            traceparent=cause.traceparent,
            data=data,
        )

    def encode(self) -> bytes:
        """The record's value."""
        # As model_dump_json, without a str in between: that costs as much as the rest.
        return self.__pydantic_serializer__.to_json(self, by_alias=True, exclude_none=True)

    def as_cause(self, origin: str) -> Cause:
        """What an event that answers this one copies; `origin` is where this one was read."""
        return Cause(origin, self.received_at, self.correlation_id, self.id, self.traceparent)


@cache
def _type_and_source(event: type[Event]) -> tuple[str, str]:
    """What the sub-class fixes."""
    fields = event.model_fields
    return fields["type"].default, fields["source"].default
