from __future__ import annotations

import pytest
from aiokafka.errors import (
    KafkaConnectionError,
    MessageSizeTooLargeError,
    TopicAuthorizationFailedError,
)
from pymongo.errors import (
    AutoReconnect,
    DuplicateKeyError,
    OperationFailure,
    ServerSelectionTimeoutError,
)

from services.chassis.errors import PermanentError, TransientError
from services.chassis.retrying import Backoff, is_transient


@pytest.mark.parametrize(
    "error",
    [
        TransientError(),
        OSError(),
        TimeoutError(),
        ConnectionResetError(),
        KafkaConnectionError(),
        AutoReconnect(),
        ServerSelectionTimeoutError(),
        OperationFailure("stepping down", 189),
        ExceptionGroup("tasks", [AutoReconnect(), TimeoutError()]),
    ],
)
def test_what_may_come_back_is_transient(error: Exception) -> None:
    assert is_transient(error)


@pytest.mark.parametrize(
    "error",
    [
        ValueError(),
        RecursionError(),
        KeyError("name"),
        PermanentError("UNDECODABLE"),
        DuplicateKeyError("x"),
        MessageSizeTooLargeError(),
        TopicAuthorizationFailedError(),
        OperationFailure("not allowed", 13),
        ExceptionGroup("tasks", [AutoReconnect(), ValueError()]),
    ],
)
def test_all_else_is_not(error: Exception) -> None:
    assert not is_transient(error)


def test_waits_grow_to_the_cap_and_start_over() -> None:
    backoff = Backoff(0.25, 15)
    waits = [backoff.next_seconds() for _ in range(40)]
    assert 0.125 <= waits[0] <= 0.25
    assert all(0.125 <= wait <= 15 for wait in waits)
    assert min(waits[8:]) >= 7.5
    backoff.reset()
    assert backoff.next_seconds() <= 0.25
