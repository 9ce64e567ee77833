"""A mail relay that misbehaves on command, by the local part of the recipient's address."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self

from aiosmtpd.controller import Controller

from deploy.local.ports import free_port

SLOW_SECONDS = 3.0


@dataclass
class FaultyRelay:
    """`deaf+x@…` → 450 RCPT, `unknown+…` → 550 RCPT, `full+…` → 452 DATA, `spam+…` → 554 DATA,
    `drop+…` → connection lost after the message, `slow+…` → no reply, `once-…` → the fault once.
    """

    port: int = field(default_factory=free_port)
    accepted: list[tuple[str, bytes]] = field(default_factory=list)
    offered: Counter[str] = field(default_factory=Counter)
    connections: int = 0
    on_data: Callable[[str], None] | None = None
    _controller: Controller | None = None

    def _fault(self, address: str) -> str:
        fault = address.partition("+")[0]
        if fault.startswith("once-"):
            return fault.removeprefix("once-") if self.offered[address] == 1 else ""
        return fault

    async def handle_EHLO(  # noqa: N802
        self, _server: Any, session: Any, _envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(  # noqa: N802
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        self.offered[address] += 1
        match self._fault(address):
            case "deaf":
                return "450 4.2.1 come back later"
            case "closing":
                return "421 4.3.2 shutting down"
            case "unknown":
                return "550 5.1.1 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        (address,) = envelope.rcpt_tos
        if self.on_data is not None:
            self.on_data(address)
        fault = self._fault(address)
        if fault == "full":
            return "452 4.3.1 mailbox full"
        if fault == "spam":
            return "554 5.7.1 not wanted"
        self.accepted.append((address, envelope.content))
        if fault == "slow":
            await asyncio.sleep(SLOW_SECONDS)
        if fault == "drop":
            server.transport.abort()
        return f"250 2.0.0 <{address}> queued as 4711"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    def stop(self) -> None:
        if self._controller is not None:
            self._controller.stop()
            self._controller = None
