"""The only module that imports motor, so that pymongo's AsyncMongoClient is one change.

Every write is `majority` and journaled: durable before the commit that follows it.
"""

from __future__ import annotations

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

__all__ = [
    "TRANSIENT",
    "BulkWriteError",
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
]

Client = Any
Database = Any
Collection = Any

TRANSIENT = (AutoReconnect, ConnectionFailure, NetworkTimeout, WTimeoutError)
"""Driver errors that mean "wait and try again" (ServerSelectionTimeout is an AutoReconnect)."""

DUPLICATE_KEY = 11000

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
