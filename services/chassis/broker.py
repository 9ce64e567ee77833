"""The FastStream broker with the only right settings (docs/architecture/delivery.md)."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

from aiokafka import ConsumerRecord
from aiokafka.errors import KafkaError
from faststream import AckPolicy, BaseMiddleware
from faststream.kafka import KafkaBroker

from services.chassis import connection
from services.chassis.batching import Unexpected
from services.chassis.leaving import restart_me
from services.chassis.logs import FASTSTREAM, logger
from services.chassis.mongo import Database
from services.chassis.retrying import Backoff
from services.chassis.settings import Settings
from services.chassis.subscription import HandOver, Subscription

GRACEFUL_SECONDS = 30
_log = logger(__name__)

Raw: TypeAlias = ConsumerRecord


def make_broker(
    settings: Settings, subscriptions: Sequence[Subscription[Any]], database: Database
) -> KafkaBroker:
    """A broker whose batches go to the subscriptions; not started."""
    broker = KafkaBroker(
        connection.servers(settings.kafka_bootstrap_servers),
        parser=safe_headers,
        decoder=no_decode,
        middlewares=[guard(settings)],
        graceful_timeout=GRACEFUL_SECONDS,
        allow_auto_create_topics=False,
        consumer_only=True,  # the producer is our own
        request_timeout_ms=connection.REQUEST_TIMEOUT_MS,
        metadata_max_age_ms=connection.METADATA_MAX_AGE_MS,
        apply_types=False,
        logger=logging.getLogger(FASTSTREAM),
    )
    for subscription in subscriptions:
        _subscribe(broker, settings, subscription, database)
    if not all(each.ack_policy is AckPolicy.NACK_ON_ERROR for each in broker.subscribers):
        raise AssertionError("every subscriber must be NACK_ON_ERROR, or records are lost")
    return broker


def _subscribe(
    broker: KafkaBroker, settings: Settings, subscription: Subscription[Any], database: Database
) -> None:
    subscriber = broker.subscriber(
        *subscription.catalogue,
        group_id=subscription.group,
        batch=True,
        max_records=settings.max_batch_records,
        batch_timeout_ms=10,
        no_reply=True,
        auto_offset_reset="earliest",
        ack_policy=AckPolicy.NACK_ON_ERROR,
        fetch_max_wait_ms=100,
        fetch_max_bytes=32 * 1024 * 1024,
        max_partition_fetch_bytes=4 * 1024 * 1024,
        session_timeout_ms=int(settings.session_timeout_seconds * 1000),
        heartbeat_interval_ms=int(settings.heartbeat_seconds * 1000),
        rebalance_timeout_ms=60_000,
        max_poll_interval_ms=300_000,
        listener=HandOver(subscription, database),
    )
    subscription.subscriber = subscriber
    subscriber(subscription.on_batch)


async def safe_headers(
    records: tuple[Raw, ...], original: Callable[[tuple[Raw, ...]], Awaitable[Any]]
) -> Any:
    """FastStream's parser fails on odd headers and then loses the batch: give it clean ones."""
    message = await original(tuple(map(_with_clean_headers, records)))
    message.raw_message = records
    return message


def _with_clean_headers(record: Raw) -> Raw:
    if not record.headers:
        return record
    clean = tuple(
        (key, (value or b"").decode("utf-8", "replace").encode()) for key, value in record.headers
    )
    return replace(record, headers=clean)


async def no_decode(message: Any, _: Any) -> tuple[Raw, ...]:
    """The raw records: headers never choose how a body is read."""
    records: tuple[Raw, ...] = message.raw_message
    return records


def guard(settings: Settings) -> type[BaseMiddleware]:
    """The middleware that turns every failure of a batch into: wait, then the same batch again."""
    backoffs: defaultdict[int, Backoff] = defaultdict(lambda: Backoff.of(settings))

    class Guard(BaseMiddleware):
        """Only a real cancellation and a clean return pass through."""

        async def consume_scope(self, call_next: Any, msg: Any) -> Any:
            """Call the handler."""
            try:
                result = await call_next(msg)
            except BaseException as error:
                if _is_real_cancel(error):
                    raise
                if _is_final(error):
                    restart_me("a failure that no retry heals", error=type(error).__name__)
                await self._wait(error)
                raise Nack from None
            self._backoff.reset()
            return result

        @property
        def _backoff(self) -> Backoff:
            """One per subscriber: another's success does not shorten this one's waits."""
            return backoffs[id(self.context.get("handler_"))]

        async def _wait(self, error: BaseException) -> None:
            seconds = self._backoff.next_seconds()
            if not isinstance(error, Unexpected):
                _log.warning(
                    "batch will be tried again", wait_seconds=round(seconds, 2), exc_info=error
                )
            await asyncio.sleep(seconds)

    return Guard


class Nack(Exception):  # noqa: N818  a signal to FastStream's acknowledgement, not a fault
    """The batch was not handled: FastStream seeks back to its first records."""


def _is_real_cancel(error: BaseException) -> bool:
    task = asyncio.current_task()
    return isinstance(error, asyncio.CancelledError) and task is not None and task.cancelling() > 0


def _is_final(error: BaseException) -> bool:
    if isinstance(error, KafkaError):
        return not error.retriable
    return isinstance(error, (SystemExit, KeyboardInterrupt))
