"""Reading many documents at once."""

from __future__ import annotations

from collections.abc import Collection as Names
from collections.abc import Iterator
from typing import Any

from services.chassis.mongo import Collection

IN_AT_ONCE = 10_000


async def find_by_id(collection: Collection, ids: Names[str]) -> list[dict[str, Any]]:
    """The documents with these ids, in no particular order."""
    documents: list[dict[str, Any]] = []
    for part in _parts(sorted(ids)):
        documents += await collection.find({"_id": {"$in": part}}).to_list(None)
    return documents


def _parts(ids: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(ids), IN_AT_ONCE):
        yield ids[start : start + IN_AT_ONCE]
