"""An SMTP server whose own log says what it accepted and when; it can be away for a while."""

from __future__ import annotations

import email
import email.policy
import time
from dataclasses import dataclass, field
from typing import Any, Self

from aiosmtpd.controller import Controller

from deploy.local.ports import free_port


@dataclass(frozen=True)
class Mail:
    """One accepted message: when the 250 was given (Unix seconds), to whom, with which id."""

    at: float
    recipient: str
    message_id: str
    subject: str
    raw: bytes


@dataclass
class Mailbox:
    """Accepts everything and keeps it; start and stop as often as a test likes."""

    port: int = field(default_factory=free_port)
    mails: list[Mail] = field(default_factory=list)
    keep_raw: bool = False
    _controller: Controller | None = None

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        headers = email.message_from_bytes(envelope.content, policy=email.policy.default)
        (recipient,) = envelope.rcpt_tos
        raw = envelope.content if self.keep_raw else b""
        mail = Mail(time.time(), recipient, headers["Message-ID"], headers["Subject"], raw)
        self.mails.append(mail)
        return "250 OK accepted"

    def start(self) -> None:
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    def stop(self) -> None:
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
