"""The mail relay by aiosmtplib: a small pool of kept connections, every outcome told as a value.

The lease is asked about directly before DATA. A connection lost from DATA on is ambiguous: the
relay may have the letter.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiosmtplib
from aiosmtplib import (
    SMTPDataError,
    SMTPException,
    SMTPRecipientRefused,
    SMTPResponseException,
)

from services.chassis.clock import Clock
from services.chassis.errors import TransientError
from services.receipt.core.sending import Accepted, Ambiguous, Answer, Deferred, Refused, Unsent
from services.receipt.ports import Mail

_PERMANENT = range(500, 600)
_TEMPORARY = range(400, 500)
_CLOSING = 421
_IDLE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Relay:
    """Where the relay is, who sends, and how patiently."""

    host: str
    port: int
    sender: str
    timeout_seconds: float
    connections: int
    local_hostname: str
    use_tls: bool = False
    username: str | None = None
    password: str | None = None


@dataclass(slots=True)
class _Slot:
    """One place in the pool: a connection, or room for one."""

    smtp: aiosmtplib.SMTP | None = None
    used_at: float = 0.0


class SmtpMailer:
    """The port `Mailer`. At most `relay.connections` mails are under way at once."""

    def __init__(self, relay: Relay, clock: Clock) -> None:
        self._relay = relay
        self._clock = clock
        # Last in, first out: a quiet night keeps one connection warm, not all of them.
        self._slots: asyncio.LifoQueue[_Slot] = asyncio.LifoQueue()
        for _ in range(relay.connections):
            self._slots.put_nowait(_Slot())

    async def reach(self) -> None:
        async with self._slot() as slot:
            try:
                await self._connected(slot)
            except (SMTPException, OSError) as error:
                self._drop(slot)
                raise TransientError(f"SMTP relay: {type(error).__name__}") from None

    async def offer(self, mail: Mail, may_send: Callable[[], bool]) -> Answer:
        async with self._slot() as slot:
            if not may_send():
                return Unsent()
            try:
                smtp = await self._connected(slot)
                await smtp.mail(self._relay.sender)
                await smtp.rcpt(mail.recipient)
            except SMTPRecipientRefused as error:
                return await self._refusal(slot, error)
            except (SMTPException, OSError):
                self._drop(slot)
                return Deferred()
            if not may_send():
                await self._reset(slot)
                return Unsent()
            return await self._data(slot, smtp, mail)

    async def close(self) -> None:
        """Give up every kept connection."""
        while not self._slots.empty():
            self._drop(self._slots.get_nowait())

    async def _data(self, slot: _Slot, smtp: aiosmtplib.SMTP, mail: Mail) -> Answer:
        try:
            response = await smtp.data(mail.content)
        except SMTPDataError as error:
            return await self._refusal(slot, error)
        except (SMTPException, OSError):
            self._drop(slot)
            return Ambiguous()
        at = self._clock.now()
        slot.used_at = asyncio.get_running_loop().time()
        return Accepted(at, f"{response.code} {response.message}")

    async def _refusal(self, slot: _Slot, error: SMTPResponseException) -> Answer:
        at = self._clock.now()
        if error.code == _CLOSING:
            self._drop(slot)
        else:
            await self._reset(slot)
        if error.code in _PERMANENT:
            return Refused(at, error.code)
        data = isinstance(error, SMTPDataError)
        return Ambiguous() if data and error.code not in _TEMPORARY else Deferred()

    async def _connected(self, slot: _Slot) -> aiosmtplib.SMTP:
        """The slot's connection, new or known to live."""
        loop = asyncio.get_running_loop()
        if slot.smtp is not None and slot.smtp.is_connected:
            if loop.time() - slot.used_at < _IDLE_SECONDS:
                return slot.smtp
            try:
                await slot.smtp.noop()
            except (SMTPException, OSError):
                self._drop(slot)
            else:
                return slot.smtp
        slot.smtp = self._new()
        await slot.smtp.connect()
        slot.used_at = loop.time()
        return slot.smtp

    def _new(self) -> aiosmtplib.SMTP:
        relay = self._relay
        return aiosmtplib.SMTP(
            hostname=relay.host,
            port=relay.port,
            use_tls=relay.use_tls,
            username=relay.username,
            password=relay.password,
            local_hostname=relay.local_hostname,
            timeout=relay.timeout_seconds,
        )

    async def _reset(self, slot: _Slot) -> None:
        """An empty envelope for the next mail; a connection that cannot give one is dropped."""
        if slot.smtp is None:
            return
        try:
            await slot.smtp.rset()
        except (SMTPException, OSError):
            self._drop(slot)

    def _drop(self, slot: _Slot) -> None:
        if slot.smtp is not None:
            slot.smtp.close()
            slot.smtp = None

    @asynccontextmanager
    async def _slot(self) -> AsyncIterator[_Slot]:
        slot = await self._slots.get()
        try:
            yield slot
        except BaseException:
            self._drop(slot)  # cancelled in the middle of a command: its reply would come later
            raise
        finally:
            self._slots.put_nowait(slot)
