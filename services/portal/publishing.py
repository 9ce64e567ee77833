"""The portal's producer: key = dossier code, murmur2, idempotent, acknowledged, memory flat."""

from __future__ import annotations

import asyncio
from collections import deque
from types import TracebackType
from typing import Any, Self

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from schemas.portal import MAX_RECORD_BYTES
from schemas.topics import PORTAL_DOSSIER
from services.portal.filing import PortalMessage
from services.portal.reading import PortalError, partitions_of

IN_FLIGHT = 500
_ENVELOPE_BYTES = 64 * 1024


class Publisher:
    """An open producer; leaving the block waits until every record is acknowledged."""

    def __init__(self, bootstrap: str, topic_prefix: str = "") -> None:
        self.topic = topic_prefix + PORTAL_DOSSIER.name
        self._bootstrap = bootstrap
        self._producer = AIOKafkaProducer(
            bootstrap_servers=bootstrap.split(","),
            acks="all",
            enable_idempotence=True,  # aiokafka's default partitioner is murmur2
            linger_ms=5,
            max_batch_size=512 * 1024,
            max_request_size=MAX_RECORD_BYTES + _ENVELOPE_BYTES,
        )
        self._waiting: deque[asyncio.Future[Any]] = deque()

    async def publish(self, message: PortalMessage) -> None:
        """Send one record in order; at most IN_FLIGHT wait for their acknowledgement."""
        headers = list(message.headers) or None
        self._waiting.append(
            await self._producer.send(
                self.topic, key=message.key, value=message.value, headers=headers
            )
        )
        if len(self._waiting) >= IN_FLIGHT:
            await self._waiting.popleft()

    async def flush(self) -> None:
        """Every record sent so far is acknowledged."""
        while self._waiting:
            await self._waiting.popleft()

    async def __aenter__(self) -> Self:
        try:
            await partitions_of(self._bootstrap, [self.topic])
            await self._producer.start()
        except PortalError:
            await self._producer.stop()
            raise
        except KafkaError as error:
            await self._producer.stop()
            raise PortalError(
                f"Cannot publish to {self.topic} at {self._bootstrap} ({type(error).__name__}): "
                "start hoso (`make up`) or correct KAFKA_BOOTSTRAP_SERVERS."
            ) from None
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if error is None:
                await self.flush()
        finally:
            await self._producer.stop()
