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
]

Client = Any
Database = Any
Collection = Any

TRANSIENT = (AutoReconnect, ConnectionFailure, NetworkTimeout, WTimeoutError)
"""Driver errors that mean "wait and try again" (ServerSelectionTimeout is an AutoReconnect)."""

DUPLICATE_KEY = 11000


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
