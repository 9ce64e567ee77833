"""What the handlers need of the stores. Every write is guarded or idempotent."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from services.ebook.core.aliases import Alias, AliasChange
from services.ebook.core.book import Book
from services.ebook.core.completion import SettlementProgress
from services.ebook.core.projection import Folded, Step


class Aliases(Protocol):
    async def known(self, names: Collection[str]) -> dict[str, Alias]:
        """Those of the names that somebody has, by name."""
        ...

    async def change(self, changes: Sequence[AliasChange]) -> bool:
        """True if all took effect; False if another writer was first somewhere: read again."""
        ...


class Settlements(Protocol):
    async def open(self, started: Sequence[SettlementProgress]) -> dict[str, SettlementProgress]:
        """Written where new; what is stored, by settlement id. The first to write stays."""
        ...

    async def mark_done(self, rows: Mapping[str, Collection[int]]) -> list[SettlementProgress]:
        """Rows added to `done`; the settlements touched, as far as they have been opened."""
        ...


class Books(Protocol):
    async def load(self, person_ids: Collection[str]) -> dict[str, Book]:
        """The books that exist, by person id."""
        ...

    async def save(self, folded: Sequence[Folded]) -> bool:
        """True if every book was still as read; False if another writer was first: read again."""
        ...


class Facts(Protocol):
    async def record(self, steps: Sequence[Step]) -> None:
        """Kept for ever, once per event id."""
        ...
