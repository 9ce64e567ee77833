"""How every Kafka client of a process reaches the brokers: addresses and time-outs, once."""

from __future__ import annotations

import gc
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.client import AIOKafkaClient

REQUEST_TIMEOUT_MS = 20_000
METADATA_MAX_AGE_MS = 30_000
MAX_BATCH_BYTES = 512 * 1024


def servers(bootstrap: str) -> list[str]:
    """The addresses of a comma-separated list; aiokafka would take the list as one host name."""
    return [address.strip() for address in bootstrap.split(",") if address.strip()]


def _common(bootstrap: str) -> dict[str, Any]:
    return {
        "bootstrap_servers": servers(bootstrap),
        "request_timeout_ms": REQUEST_TIMEOUT_MS,
        "metadata_max_age_ms": METADATA_MAX_AGE_MS,
    }


def producer(bootstrap: str) -> AIOKafkaProducer:
    """An idempotent producer; within a running event loop."""
    return AIOKafkaProducer(
        **_common(bootstrap),
        enable_idempotence=True,
        acks="all",
        linger_ms=0,
        max_batch_size=MAX_BATCH_BYTES,
    )


def admin(bootstrap: str, *, timeout_ms: int = REQUEST_TIMEOUT_MS) -> AIOKafkaAdminClient:
    """An admin client, not started."""
    return AIOKafkaAdminClient(bootstrap_servers=servers(bootstrap), request_timeout_ms=timeout_ms)


def client(bootstrap: str) -> AIOKafkaClient:
    """A bare client for requests of our own, not bootstrapped; within a running event loop."""
    return AIOKafkaClient(**_common(bootstrap))


def reader(bootstrap: str, *, partition_bytes: int = 64 * 1024) -> AIOKafkaConsumer:
    """A consumer without a group that reads where it is told to (assign, seek); not started.

    `earliest`: with the default, an assigned reader can land at the end and read nothing.
    """
    return AIOKafkaConsumer(
        **_common(bootstrap),
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=partition_bytes,
        fetch_max_wait_ms=100,
    )


def free_stopped() -> None:
    """Free what a stopped client leaves behind, after the last reference to it is gone.

    aiokafka's clients are reference cycles that hold megabytes of fetched records in few objects:
    the collector, which looks only after 100 000 new ones, would let them pile up.
    """
    gc.collect(1)
