"""Unordered, guarded bulk writes: did all take effect, or was another writer first?"""

from __future__ import annotations

from collections.abc import Collection as Names
from collections.abc import Iterator, Sequence
from typing import Any

from services.chassis.errors import TransientError
from services.chassis.mongo import DUPLICATE_KEY, BulkWriteError, Collection

ATTEMPTS = 20
"""How often a lost race is run again before the chassis waits and repeats the batch."""

IN_AT_ONCE = 10_000
PASSING = frozenset({91, 189, 10107, 11600, 11602, 13435})
"""The server shuts down, or is no longer the primary."""


async def write(collection: Collection, operations: Sequence[Any]) -> bool:
    """True if every operation took effect; False if some did not match or met a duplicate key.

    Errors carry codes only: the driver's own text repeats keys, which are personal data.
    """
    if not operations:
        return True
    try:
        result = await collection.bulk_write(operations, ordered=False)
    except BulkWriteError as error:
        _raise_unless_lost(error.details)
        return False
    effects = (
        result.inserted_count + result.matched_count + result.deleted_count + result.upserted_count
    )
    return bool(effects == len(operations))


def _raise_unless_lost(details: Any) -> None:
    codes = {failure["code"] for failure in details["writeErrors"]} - {DUPLICATE_KEY}
    if codes & PASSING or details.get("writeConcernErrors"):
        raise TransientError(f"MongoDB could not make a bulk write durable, codes {sorted(codes)}")
    if codes:
        raise RuntimeError(f"MongoDB refused a bulk write, codes {sorted(codes)}")


async def find_by_id(collection: Collection, ids: Names[str]) -> list[dict[str, Any]]:
    """The documents with these ids, in no particular order."""
    documents: list[dict[str, Any]] = []
    for part in _parts(sorted(ids)):
        documents += await collection.find({"_id": {"$in": part}}).to_list(None)
    return documents


def _parts(ids: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(ids), IN_AT_ONCE):
        yield ids[start : start + IN_AT_ONCE]
