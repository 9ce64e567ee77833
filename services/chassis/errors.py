"""The two error families. Business failure is data, never an exception."""

from __future__ import annotations

from schemas.deadletters import DeadLetterReason


class TransientError(Exception):
    """A store, network or broker may come back: wait, and try the same batch again, for ever."""


class PermanentError(Exception):
    """A record that can never be handled: dead letter at once. `detail` holds no values."""

    def __init__(self, reason: DeadLetterReason, detail: str = "") -> None:
        super().__init__(f"{reason} {detail}".strip())
        self.reason: DeadLetterReason = reason
        self.detail = detail


class StartupError(Exception):
    """The service must not start; the text is one clear line that says what to do. Exit code 1."""
