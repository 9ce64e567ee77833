"""Which errors mean "wait", and how long: capped, doubling, with jitter."""

from __future__ import annotations

import random
from dataclasses import dataclass

from aiokafka.errors import KafkaError

from services.chassis.errors import TransientError
from services.chassis.mongo import may_pass
from services.chassis.settings import Settings


def is_transient(error: BaseException) -> bool:
    """A store, the network or a broker may come back (contract §6); all else is unexpected."""
    if isinstance(error, BaseExceptionGroup):
        return all(map(is_transient, error.exceptions))
    if isinstance(error, KafkaError):
        return bool(error.retriable)
    return isinstance(error, (TransientError, OSError)) or may_pass(error)


@dataclass(slots=True)
class Backoff:
    """The waits between attempts; `reset` after a success."""

    first_seconds: float
    max_seconds: float
    failures: int = 0

    @classmethod
    def of(cls, settings: Settings) -> Backoff:
        """The waits that the settings ask for."""
        return cls(settings.retry_wait_seconds, settings.retry_wait_max_seconds)

    def next_seconds(self) -> float:
        """How long to wait after one more failure: half fixed, half random."""
        self.failures += 1
        full = min(self.max_seconds, self.first_seconds * 2.0 ** min(self.failures - 1, 30))
        return full * (0.5 + random.random() / 2)  # noqa: S311  jitter, not a secret

    def reset(self) -> None:
        """The next failure is a first one."""
        self.failures = 0
