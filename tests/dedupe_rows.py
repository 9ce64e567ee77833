"""DedupeRows in memory: what the real collection does, for tests of the handler and the laws."""

from __future__ import annotations

from collections.abc import Sequence

from services.intake.core.deduplication import Row, Wanted


class MemoryDedupeRows:
    """Rows in a dict; the first insert of a key wins."""

    def __init__(self) -> None:
        self.rows: dict[str, Row] = {}

    async def load(self, wanted: Wanted) -> list[Row]:
        ranges = wanted.ranges
        return [
            row
            for key, row in self.rows.items()
            if key in wanted.keys or any(low <= key < high for low, high in ranges)
        ]

    async def insert(self, rows: Sequence[Row]) -> bool:
        taken = [row.key for row in rows if row.key in self.rows]
        for row in rows:
            self.rows.setdefault(row.key, row)
        return not taken
