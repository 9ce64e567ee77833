"""What the edge of receipt needs from outside; each has one adapter in `adapters/`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from services.receipt.core.decision import Change
from services.receipt.core.dossier import Dossier, Letter
from services.receipt.core.sending import Answer


@dataclass(frozen=True, slots=True)
class Mail:
    """One message for exactly one recipient, as bytes that every attempt repeats."""

    letter_id: UUID
    recipient: str
    content: bytes


class Documents(Protocol):
    """The dossier versions: one document each, every change one guarded write."""

    async def of_codes(self, codes: Sequence[str]) -> dict[str, Dossier]:
        """Every stored version of these dossier codes, by document id."""
        ...

    async def of_ids(self, ids: Sequence[str]) -> dict[str, Dossier]:
        """The stored documents of these ids."""
        ...

    async def save(self, changes: Sequence[Change]) -> set[str]:
        """Ids of the documents that were written: those still as they were read.

        State, letters, outcome and outgoing events of a document are one write.
        """
        ...

    async def to_look_at(self, now: datetime, limit: int) -> list[Dossier]:
        """Documents whose clock may have something to say."""
        ...

    async def to_send(self, now: datetime, limit: int) -> list[Dossier]:
        """Documents with a letter that may be claimed, earliest deadline first."""
        ...

    async def waiting_since(self) -> datetime | None:
        """Append time of the oldest dossier whose submitter has no answer yet."""
        ...


class Mailer(Protocol):
    """A relay that takes mail."""

    async def reach(self) -> None:
        """Return if the relay can be reached; TransientError if not."""
        ...

    async def offer(self, mail: Mail, may_send: Callable[[], bool]) -> Answer:
        """Offer one mail; `may_send` is asked directly before DATA. Never raises for a relay."""
        ...


Compose = Callable[[Dossier, Letter], Mail]
"""A letter as a mail."""


class FirstUnread(Protocol):
    """How far back the topics on the way still hold unread records."""

    async def __call__(self) -> datetime | None:
        """Append time of the oldest record that a group on the way has not read; None if none."""
        ...
