"""What the edge needs from outside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from services.intake.core.deduplication import Row, Wanted
from services.intake.core.reuse import HeldDocument


class DedupeRows(Protocol):
    """Rows that are inserted once and never changed or removed."""

    async def load(self, wanted: Wanted) -> list[Row]:
        """The stored rows among those wanted, in no order."""
        ...

    async def insert(self, rows: Sequence[Row]) -> bool:
        """Store all rows, durably. False: some key was taken meanwhile; the others are stored."""
        ...


class HeldData(Protocol):
    """Documents that the state holds already, so that nobody is asked twice (design §3).

    No adapter yet: reuse of held data is an issue of its own. `core.admission.admit` takes what
    this port finds.
    """

    async def look_up(self, dossiers: Sequence[str]) -> Mapping[str, Mapping[str, HeldDocument]]:
        """By dossier code, then by component role. A source that is down is an error, not {}."""
        ...
