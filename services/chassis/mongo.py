"""The only module that imports motor, so that pymongo's AsyncMongoClient is one change.

Every write is `majority` and journaled: durable before the commit that follows it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import DeleteOne, InsertOne, ReplaceOne, ReturnDocument, UpdateMany, UpdateOne
from pymongo.errors import (
    AutoReconnect,
    BulkWriteError,
    ConnectionFailure,
    DuplicateKeyError,
    NetworkTimeout,
    OperationFailure,
    PyMongoError,
    WTimeoutError,
)

from services.chassis.errors import TransientError

__all__ = [
    "TRANSIENT",
    "Client",
    "Collection",
    "Database",
    "DeleteOne",
    "DuplicateKeyError",
    "InsertOne",
    "PyMongoError",
    "ReplaceOne",
    "ReturnDocument",
    "UpdateMany",
    "UpdateOne",
    "connect",
    "may_pass",
    "write",
]

Client = Any
Database = Any
Collection = Any

TRANSIENT = (AutoReconnect, ConnectionFailure, NetworkTimeout, WTimeoutError)
"""Driver errors that mean "wait and try again" (ServerSelectionTimeout is an AutoReconnect)."""

_DUPLICATE_KEY = 11000

_STEPPING_DOWN = frozenset({91, 189, 10107, 11600, 11602, 13435, 13436})
"""ShutdownInProgress, PrimarySteppedDown, NotWritablePrimary and their kin."""


def may_pass(error: BaseException) -> bool:
    """Whether a driver error is a lost connection, a time-out or a server that hands over."""
    if isinstance(error, TRANSIENT):
        return True
    if isinstance(error, OperationFailure) and error.code in _STEPPING_DOWN:
        return True
    return isinstance(error, PyMongoError) and (
        error.timeout or error.has_error_label("RetryableWriteError")
    )


def connect(uri: str) -> Client:
    """A client bound to the running event loop. Aware UTC times, bounded time-outs."""
    return AsyncIOMotorClient(
        uri,
        tz_aware=True,
        uuidRepresentation="standard",
        w="majority",
        journal=True,
        retryWrites=False,
        serverSelectionTimeoutMS=5_000,
        connectTimeoutMS=5_000,
        socketTimeoutMS=30_000,
    )


async def write(collection: Collection, operations: Sequence[Any]) -> bool:
    """One unordered bulk write of guarded operations; each takes effect or loses to another writer.

    True if every one took effect; False if some did not match or met a taken key.

    Raises TransientError if the server could not make it durable, RuntimeError for any other
    failure; with codes only: the driver's own text repeats keys, which are personal data.
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
    codes = {failure["code"] for failure in details["writeErrors"]} - {_DUPLICATE_KEY}
    if codes & _STEPPING_DOWN or details.get("writeConcernErrors"):
        raise TransientError(f"MongoDB could not make a bulk write durable, codes {sorted(codes)}")
    if codes:
        raise RuntimeError(f"MongoDB refused a bulk write, codes {sorted(codes)}")
